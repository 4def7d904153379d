<?php

/* SPDX-License-Identifier: MIT */

declare(strict_types=1);

namespace Psr\Http\Message;

/** Stands in for the interface of psr/http-message where that is not installed. */
interface ResponseInterface extends MessageInterface
{
    public function getStatusCode();

    public function withStatus(int $code, string $reasonPhrase = '');

    public function getReasonPhrase();
}
