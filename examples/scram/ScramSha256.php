<?php

/* SPDX-License-Identifier: MIT */

declare(strict_types=1);

namespace App\Security;

use MqttServer\Annotation\MQTTAuth;
use MqttServer\Client;
use MqttServer\Message\Response;
use MqttServer\Packet;
use Psr\Http\Message\ServerRequestInterface;

/**
 * Enhanced authentication by SCRAM-SHA-256 (RFC 5802, RFC 7677; MQTT 5 section 4.12): the password never travels, and
 * the client sees that the server knows it too. No channel binding.
 *
 * Step 1 comes in CONNECT, or in AUTH with reason code 0x19 when a connected client authenticates again; step 2 in AUTH.
 */
final class ScramSha256
{
    private const METHOD = 'SCRAM-SHA-256';
    private const CONTINUE = 0x18;
    private const NOT_AUTHORIZED = 0x87;
    private const BAD_METHOD = 0x8C;

    /** @param array<string, array{salt: string, iterations: int, stored: string, server: string}> $users see credentials() */
    public function __construct(private array $users, private string $secret)
    {
    }

    /** What a server keeps of a password. */
    public static function credentials(#[\SensitiveParameter] string $password, int $iterations = 4096): array
    {
        $salt = random_bytes(16);
        $salted = hash_pbkdf2('sha256', $password, $salt, $iterations, 0, true);
        return [
            'salt' => $salt,
            'iterations' => $iterations,
            'stored' => hash('sha256', hash_hmac('sha256', 'Client Key', $salted, true), true),
            'server' => hash_hmac('sha256', 'Server Key', $salted, true),
        ];
    }

    #[MQTTAuth]
    public function authenticate(ServerRequestInterface $request, Response $response): Response
    {
        $packet = $request->getPacket();
        if ($packet->getProperty('authentication_method') !== self::METHOD) {
            return $response->deny(self::BAD_METHOD);
        }
        $data = (string) $packet->getProperty('authentication_data');
        $first = $packet->getType() === Packet::CONNECT || $packet->getReasonCode() !== self::CONTINUE;
        return $first
            ? $this->first($request->getClient(), $data, $response)
            : $this->final($request->getClient(), $data, $response);
    }

    /** "n,,n=user,r=nonce" is answered by "r=nonce…,s=salt,i=iterations". */
    private function first(Client $client, string $message, Response $response): Response
    {
        if (!preg_match('/^[ny],[^,]*,(n=([^,]+),r=([\x21-\x2B\x2D-\x7E]+))/', $message, $parts)) {
            return $response->deny(self::NOT_AUTHORIZED);
        }
        [, $bare, $escaped, $nonce] = $parts;
        $name = strtr($escaped, ['=2C' => ',', '=3D' => '=']);
        $user = $this->users[$name] ?? $this->nobody($name);
        $nonce .= base64_encode(random_bytes(18));
        $answer = sprintf('r=%s,s=%s,i=%d', $nonce, base64_encode($user['salt']), $user['iterations']);
        $client->set('scram', ['user' => $user, 'nonce' => $nonce, 'messages' => "$bare,$answer", 'header' => strstr($message, $bare, true)]);
        return $response->withReasonCode(self::CONTINUE)->withProperty('authentication_data', $answer);
    }

    /** "c=…,r=nonce,p=proof" is answered by "v=signature", in CONNACK or AUTH. */
    private function final(Client $client, string $message, Response $response): Response
    {
        $state = $client->get('scram');
        $client->remove('scram');
        if ($state === null || !preg_match('/^(c=([^,]+),r=([^,]+)),p=([^,]+)$/', $message, $parts)) {
            return $response->deny(self::NOT_AUTHORIZED);
        }
        [, $withoutProof, $header, $nonce, $proof] = $parts;
        $signed = $state['messages'] . ',' . $withoutProof;
        $proof = (string) base64_decode($proof, true);
        $signature = hash_hmac('sha256', $signed, $state['user']['stored'], true);
        $good = hash_equals($state['nonce'], $nonce)
            && hash_equals($state['header'], (string) base64_decode($header, true))
            && strlen($proof) === strlen($signature)
            && hash_equals($state['user']['stored'], hash('sha256', $proof ^ $signature, true));
        if (!$good) {
            return $response->deny(self::NOT_AUTHORIZED);
        }
        $verifier = base64_encode(hash_hmac('sha256', $signed, $state['user']['server'], true));
        return $response->withReasonCode(0)->withProperty('authentication_data', "v=$verifier");
    }

    /** Somebody who does not exist gets an answer that looks the same each time, and fails at the end. */
    private function nobody(string $name): array
    {
        $salt = substr(hash_hmac('sha256', $name, $this->secret, true), 0, 16);
        return ['salt' => $salt, 'iterations' => 4096, 'stored' => random_bytes(32), 'server' => random_bytes(32)];
    }
}
