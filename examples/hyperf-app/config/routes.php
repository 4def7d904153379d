<?php

declare(strict_types=1);

use App\Controller\CommandController;
use Hyperf\HttpServer\Router\Router;

Router::post('/devices/{device}/commands', [CommandController::class, 'send']);
Router::delete('/devices/{device}/connection', [CommandController::class, 'disconnect']);
Router::get('/devices/{device}/telemetry', [CommandController::class, 'telemetry']);
