<?php

/* SPDX-License-Identifier: MIT */

declare(strict_types=1);

namespace MqttServer\Message;

use Psr\Http\Message\UriInterface;

/** A URI as PSR-7 and RFC 3986 have it. */
final class Uri implements UriInterface
{
    private const PORTS = [
        'http' => 80, 'https' => 443, 'ws' => 80, 'wss' => 443, 'mqtt' => 1883, 'mqtts' => 8883,
    ];

    private string $scheme = '';

    private string $user = '';

    private string $host = '';

    private ?int $port = null;

    private string $path = '';

    private string $query = '';

    private string $fragment = '';

    /** @throws \InvalidArgumentException when it cannot be read */
    public function __construct(string $uri = '')
    {
        if ($uri === '') {
            return;
        }
        $parts = parse_url($uri);
        if ($parts === false) {
            throw new \InvalidArgumentException("Unable to read the URI \"$uri\"");
        }
        $this->scheme = self::checkScheme($parts['scheme'] ?? '');
        $this->user = self::encode($parts['user'] ?? '', ':');
        if (isset($parts['pass'])) {
            $this->user .= ':' . self::encode($parts['pass'], ':');
        }
        $this->host = self::checkHost($parts['host'] ?? '');
        $this->port = self::checkPort($parts['port'] ?? null);
        $this->path = self::encode($parts['path'] ?? '', ':@\/');
        $this->query = self::encode($parts['query'] ?? '', ':@\/?');
        $this->fragment = self::encode($parts['fragment'] ?? '', ':@\/?');
    }

    public function __toString(): string
    {
        $uri = $this->scheme === '' ? '' : $this->scheme . ':';
        $authority = $this->getAuthority();
        $path = $this->path;
        if ($authority !== '' || $this->scheme === 'file') {
            $uri .= '//' . $authority;
            if ($path !== '' && $path[0] !== '/') {
                $path = '/' . $path;
            }
        } elseif (str_starts_with($path, '//')) {
            $path = '/' . ltrim($path, '/');
        }
        $uri .= $path;
        if ($this->query !== '') {
            $uri .= '?' . $this->query;
        }
        return $this->fragment === '' ? $uri : $uri . '#' . $this->fragment;
    }

    public function getScheme(): string
    {
        return $this->scheme;
    }

    public function getAuthority(): string
    {
        if ($this->host === '') {
            return '';
        }
        $authority = $this->user === '' ? $this->host : $this->user . '@' . $this->host;
        $port = $this->getPort();
        return $port === null ? $authority : $authority . ':' . $port;
    }

    public function getUserInfo(): string
    {
        return $this->user;
    }

    public function getHost(): string
    {
        return $this->host;
    }

    public function getPort(): ?int
    {
        return $this->port === (self::PORTS[$this->scheme] ?? null) ? null : $this->port;
    }

    public function getPath(): string
    {
        // With two slashes in front it would be read as a host where it is used as a link.
        return str_starts_with($this->path, '//') ? '/' . ltrim($this->path, '/') : $this->path;
    }

    public function getQuery(): string
    {
        return $this->query;
    }

    public function getFragment(): string
    {
        return $this->fragment;
    }

    public function withScheme($scheme): static
    {
        return $this->with('scheme', self::checkScheme(self::text($scheme, 'scheme')));
    }

    public function withUserInfo($user, #[\SensitiveParameter] $password = null): static
    {
        $info = self::encode(self::text($user, 'user'), '');
        if ($info !== '' && $password !== null && $password !== '') {
            $info .= ':' . self::encode(self::text($password, 'password'), ':');
        }
        return $this->with('user', $info);
    }

    public function withHost($host): static
    {
        return $this->with('host', self::checkHost(self::text($host, 'host')));
    }

    public function withPort($port): static
    {
        if ($port !== null && !is_int($port)) {
            throw new \InvalidArgumentException('The port must be an integer or null, ' . get_debug_type($port) . ' given');
        }
        return $this->with('port', self::checkPort($port));
    }

    public function withPath($path): static
    {
        return $this->with('path', self::encode(self::text($path, 'path'), ':@\/'));
    }

    public function withQuery($query): static
    {
        return $this->with('query', self::encode(self::text($query, 'query'), ':@\/?'));
    }

    public function withFragment($fragment): static
    {
        return $this->with('fragment', self::encode(self::text($fragment, 'fragment'), ':@\/?'));
    }

    private function with(string $part, string|int|null $value): static
    {
        $new = clone $this;
        $new->$part = $value;
        return $new;
    }

    private static function text(mixed $value, string $what): string
    {
        if (!is_string($value)) {
            throw new \InvalidArgumentException("The $what must be a string, " . get_debug_type($value) . ' given');
        }
        return $value;
    }

    private static function checkScheme(string $scheme): string
    {
        if ($scheme !== '' && !preg_match('/\A[a-z][a-z0-9+.-]*\z/i', $scheme)) {
            throw new \InvalidArgumentException("\"$scheme\" is no scheme of a URI");
        }
        return strtolower($scheme);
    }

    private static function checkHost(string $host): string
    {
        if (preg_match('/[\x00-\x20\/?#@\x7f]/', $host)) {
            throw new \InvalidArgumentException('The host holds a character that no host can have');
        }
        return strtolower($host);
    }

    private static function checkPort(?int $port): ?int
    {
        if ($port !== null && ($port < 0 || $port > 65535)) {
            throw new \InvalidArgumentException("The port must be between 0 and 65535, $port given");
        }
        return $port;
    }

    /** Percent-encodes what may not stand in a part; what is encoded already stays. `also`: more that may stand there. */
    private static function encode(string $text, string $also): string
    {
        return preg_replace_callback(
            '/(?:[^A-Za-z0-9_.~!$&\'()*+,;=%' . $also . '-]+|%(?![A-Fa-f0-9]{2}))/',
            static fn (array $match): string => rawurlencode($match[0]),
            $text,
        );
    }
}
