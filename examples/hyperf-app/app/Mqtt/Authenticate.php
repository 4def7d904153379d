<?php

declare(strict_types=1);

namespace App\Mqtt;

use App\Device\Credentials;
use Hyperf\HttpMessage\Server\Response;
use MqttServer\Annotation\MQTTConnect;
use MqttServer\Annotation\MQTTPublish;
use MqttServer\Annotation\MQTTSubscribe;
use Psr\Http\Message\ServerRequestInterface;

/**
 * A device logs in with its name and token. It writes and reads below devices/{its name}/ only; readers read everything.
 *
 * A refusal ends the chain: what is refused here is not stored. Credentials is injected by the container, see
 * config/autoload/dependencies.php.
 */
final class Authenticate
{
    private const INVALID_CLIENT_ID = 0x85;
    private const BAD_USER_NAME_OR_PASSWORD = 0x86;
    private const NOT_AUTHORIZED = 0x87;

    public function __construct(private Credentials $credentials)
    {
    }

    #[MQTTConnect(priority: 100)]
    public function connect(ServerRequestInterface $request, Response $response): Response
    {
        $packet = $request->getParsedBody();
        if (!$this->credentials->accepts($packet['user_name'], $packet['password'])) {
            return $response->deny(self::BAD_USER_NAME_OR_PASSWORD);
        }
        /* Otherwise one device could take over the session of another by using its client identifier. */
        if (!preg_match('~^' . preg_quote($packet['user_name'], '~') . '(-.*)?$~Ds', $packet['client_id'])) {
            return $response->deny(self::INVALID_CLIENT_ID, 'use the name of the device');
        }
        return $response;
    }

    #[MQTTPublish(priority: 100)]
    public function publish(ServerRequestInterface $request, Response $response): Response
    {
        $own = 'devices/' . $request->getAttribute('username') . '/';
        return str_starts_with($request->getTopic(), $own) ? $response : $response->deny(self::NOT_AUTHORIZED);
    }

    #[MQTTSubscribe(priority: 100)]
    public function subscribe(ServerRequestInterface $request, Response $response): Response
    {
        $user = (string) $request->getAttribute('username');
        $reader = $this->credentials->isReader($user);
        $granted = [];
        foreach ($request->getPacket()->getTopicFilters() as ['filter' => $filter, 'qos' => $qos]) {
            $granted[] = $reader || str_starts_with($filter, "devices/$user/") ? $qos : self::NOT_AUTHORIZED;
        }
        return $response->withGrantedQos(...$granted);
    }
}
