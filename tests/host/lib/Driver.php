<?php
/* SPDX-License-Identifier: MIT
 *
 * tests/host/lib/Driver.php - plays a scenario against lib/probe.php and makes a transcript of it that does not depend
 * on process ids, ports, times, and on which worker got a connection.
 */
declare(strict_types=1);

final class Driver
{
    private const PATIENCE_S = 15.0;

    private string $notes;
    private $process;
    public int $port = 0;
    private array $read = [];
    private int $taken = 0;
    /** @var array<string, resource> */
    private array $sockets = [];
    /** @var array<string, int> local port of each client */
    private array $local = [];
    /** @var array<int, string> names of clients by fd */
    private array $names = [];
    private array $seen = [];
    private bool $reloaded = false;
    /** Events before this one came before the latest action. */
    private int $mark = 0;

    /** @param list<string> $php the interpreter with its arguments */
    public function __construct(private array $php, private string $mode, private array $settings, private array $events)
    {
        $this->notes = tempnam(sys_get_temp_dir(), 'mqs-notes-');
        /* Should this process be killed, the host ends too. */
        $with = is_executable('/usr/bin/setpriv') ? ['/usr/bin/setpriv', '--pdeathsig', 'TERM'] : [];
        $command = [...$with, ...$php, __DIR__ . '/probe.php', $this->notes, $mode, json_encode($settings ?: new stdClass()),
            json_encode($events)];
        $this->process = proc_open($command, [['file', '/dev/null', 'r'], ['file', "$this->notes.out", 'w'], ['redirect', 1]], $pipes);
        if ($mode === 'coroutine') {
            $this->port = $this->wait('ready')['values'][0];
            return;
        }
        for ($i = 0; $i < ($settings['worker_num'] ?? 2) + ($settings['task_worker_num'] ?? 0); $i++) {
            $this->wait('workerStart', fn ($note) => $note['values'][1] === $i);
        }
        $this->port = (int) file_get_contents("$this->notes.port");
    }

    public function output(): string
    {
        return (string) @file_get_contents("$this->notes.out");
    }

    public function pid(): int
    {
        return proc_get_status($this->process)['pid'];
    }

    private function poll(): void
    {
        $lines = explode("\n", (string) file_get_contents($this->notes));
        array_pop($lines);
        for (; $this->taken < count($lines); $this->taken++) {
            $note = json_decode($lines[$this->taken], true);
            if (!is_array($note)) {
                throw new RuntimeException("no note: {$lines[$this->taken]}");
            }
            if ($note['event'] === 'connect') {
                $name = array_search($note['values'][3], $this->local, true);
                $this->names[$note['values'][1]] = $name !== false ? $name : 'unknown';
                unset($note['values'][3]);
            }
            $this->read[] = $note;
        }
    }

    /** The next event of this name since the latest action that no wait() has seen yet. */
    public function wait(string $event, ?callable $which = null): array
    {
        $end = microtime(true) + self::PATIENCE_S;
        while (microtime(true) < $end) {
            $this->poll();
            foreach ($this->read as $i => $note) {
                if ($i >= $this->mark && !isset($this->seen[$i]) && $note['event'] === $event && (!$which || $which($note))) {
                    $this->seen[$i] = true;
                    return $note;
                }
            }
            usleep(2000);
        }
        throw new RuntimeException("no $event came; " . json_encode(array_slice($this->read, -5)) . $this->output());
    }

    /** What comes from now on is due to what is done next. */
    private function mark(): void
    {
        $this->poll();
        $this->mark = count($this->read);
    }

    /** Connects, and waits until the host has told so (if it was to). Returns the worker. */
    public function connect(string $name, bool $told = true): string
    {
        $this->mark();
        $socket = stream_socket_client("tcp://127.0.0.1:$this->port", $code, $text, self::PATIENCE_S);
        stream_set_timeout($socket, (int) self::PATIENCE_S);
        $this->sockets[$name] = $socket;
        $address = stream_socket_get_name($socket, false);
        $this->local[$name] = (int) substr($address, strrpos($address, ':') + 1);
        if (!$told) {
            return '';
        }
        return $this->wait('connect', fn ($note) => ($this->names[$note['values'][1]] ?? '') === $name)['who'];
    }

    /** Names of clients $a, $b, ... that sit in different workers; more connections are made and dropped for it. */
    public function spread(string ...$names): void
    {
        $got = [];
        for ($try = 0; count($got) < count($names) && $try < 200; $try++) {
            $name = $names[count($got)];
            $worker = $this->connect($name);
            if (in_array($worker, $got, true)) {
                $this->fd($name, 'spare');
                $this->mark();
                fclose($this->sockets[$name]);
                $this->wait('close', fn ($note) => $this->names[$note['values'][1]] === 'spare');
                $this->wait('close ends', fn ($note) => $this->names[$note['values'][0]] === 'spare');
                $this->names = array_filter($this->names, fn ($known) => $known !== 'spare');
                $this->forget($worker);
                continue;
            }
            $got[] = $worker;
        }
        if (count($got) < count($names)) {
            throw new RuntimeException('all connections came to one worker');
        }
        foreach ($got as $i => $worker) {
            $this->workers[$worker] = chr(ord('A') + $i);
        }
    }

    /** @var array<string, string> letters of workers */
    private array $workers = [];

    /** Events of a connection that only served to find another worker are no part of the transcript. */
    private function forget(string $worker): void
    {
        $drop = ['connect', 'close', 'close: close', 'close ends'];
        for ($i = count($this->read) - 1, $left = count($drop); $i >= 0 && $left > 0; $i--) {
            if (isset($this->read[$i]) && $this->read[$i]['who'] === $worker && in_array($this->read[$i]['event'], $drop, true)) {
                $this->read[$i]['event'] = 'spare';
                $left--;
            }
        }
    }

    public function fd(string $name, ?string $rename = null): int
    {
        $fd = array_search($name, $this->names, true);
        if ($rename !== null) {
            $this->names[$fd] = $rename;
        }
        return (int) $fd;
    }

    /** The number of the worker that has this letter. */
    public function worker(string $letter): int
    {
        return (int) substr((string) array_search($letter, $this->workers, true), strlen('worker '));
    }

    /** Sends a command; waits until it has been carried out, or for $until. */
    public function command(string $name, array $command, string $until = 'receive ends'): void
    {
        $this->raw($name, json_encode($command) . "\n");
        if ($until !== '') {
            $this->wait($until);
        }
    }

    public function raw(string $name, string $bytes): void
    {
        $this->mark();
        fwrite($this->sockets[$name], $bytes);
        fflush($this->sockets[$name]);
    }

    /** Exactly that many bytes, or what came before the end. */
    public function bytes(string $name, int $count): int
    {
        for ($got = 0; $got < $count && !feof($this->sockets[$name]);) {
            $got += strlen((string) fread($this->sockets[$name], min(65536, $count - $got)));
            if (stream_get_meta_data($this->sockets[$name])['timed_out']) {
                break;
            }
        }
        $this->client("$name got $got bytes");
        return $got;
    }

    public function line(string $name): void
    {
        $this->client("$name got " . trim((string) fgets($this->sockets[$name])));
    }

    /** Everything up to the end of a line. */
    public function much(string $name): void
    {
        $got = strlen((string) stream_get_line($this->sockets[$name], 1 << 30, "\n"));
        $this->client("$name got " . ($got > 0 && $got % 65536 === 0 ? 'whole messages' : "$got bytes"));
    }

    /** Everything up to the end of the connection. */
    public function end(string $name): void
    {
        $this->client("$name got " . strlen((string) stream_get_contents($this->sockets[$name])) . ' bytes and the end');
    }

    private array $client = [];

    public function client(string $what): void
    {
        $this->client[] = $what;
    }

    public function close(string $name): void
    {
        $this->mark();
        fclose($this->sockets[$name]);
        $this->wait('close ends', fn ($note) => ($this->names[$note['values'][0]] ?? '') === $name);
    }

    public function drop(string $name, bool $reset = false): void
    {
        $this->mark();
        if ($reset) {
            socket_set_option(socket_import_stream($this->sockets[$name]), SOL_SOCKET, SO_LINGER, ['l_onoff' => 1, 'l_linger' => 0]);
        }
        fclose($this->sockets[$name]);
    }

    /** A socket that takes little before its owner reads. */
    public function narrow(string $name): void
    {
        $this->mark();
        $this->sockets[$name] = stream_socket_client("tcp://127.0.0.1:$this->port", $code, $text, self::PATIENCE_S);
        stream_set_timeout($this->sockets[$name], (int) self::PATIENCE_S);
        socket_set_option(socket_import_stream($this->sockets[$name]), SOL_SOCKET, SO_RCVBUF, 131072);
        $address = stream_socket_get_name($this->sockets[$name], false);
        $this->local[$name] = (int) substr($address, strrpos($address, ':') + 1);
        $this->wait('connect', fn ($note) => ($this->names[$note['values'][1]] ?? '') === $name);
    }

    public function signal(int $signal): void
    {
        $this->mark();
        $this->reloaded = $this->reloaded || $signal === SIGUSR1;
        posix_kill($this->pid(), $signal);
    }

    /** Ends the server; returns the transcript: for each process its events in order, and what the clients saw. */
    public function finish(bool $stop = true): array
    {
        if ($stop) {
            $this->signal(SIGTERM);
        }
        $end = microtime(true) + self::PATIENCE_S;
        while (($status = proc_get_status($this->process))['running'] && microtime(true) < $end) {
            usleep(2000);
        }
        $this->client('exit code ' . $status['exitcode']);
        $this->poll();
        $this->clean();
        $transcript = [];
        foreach ($this->read as $note) {
            if ($note['event'] === 'spare') {
                continue;
            }
            $other = $this->workers && str_starts_with($note['who'], 'worker');
            $who = $this->workers[$note['who']] ?? ($other ? 'other' : $note['who']);
            $values = array_map(fn ($value) => json_encode($value, JSON_UNESCAPED_SLASHES), $this->rename($note));
            $transcript[$who][] = $note['event'] . ($note['co'] ? '' : ' [no coroutine]') . ': ' . implode(', ', $values);
        }
        /* Where several processes share a name their order among each other is chance: "main" before and behind the
           workers, and the old and the new worker of a reload in PROCESS mode. */
        foreach (array_keys($transcript) as $who) {
            if (($who === 'main' && $this->mode !== 'coroutine') || ($this->mode === 'process' && $this->reloaded)) {
                sort($transcript[$who]);
            }
        }
        ksort($transcript);
        return $transcript + ['client' => $this->client];
    }

    private function rename(array $note): array
    {
        $places = ['connect' => 1, 'receive' => 1, 'close' => 1, 'bufferFull' => 1, 'bufferEmpty' => 1, 'receive ends' => 0,
            'close ends' => 0];
        $at = $places[$note['event']] ?? null;
        $values = array_values($note['values']);
        if ($at !== null && $this->mode !== 'coroutine') {
            $values[$at] = $this->names[$values[$at]] ?? $values[$at];
        }
        if ($note['event'] === 'ready') {
            $values[0] = 'port';
        } elseif ($note['event'] === 'connections()') {
            $values[0] = array_map(fn ($fd) => $this->names[$fd] ?? $fd, $values[0]);
            sort($values[0]);
        } elseif ($this->workers
            && in_array($note['event'], ['workerStart', 'workerStop', 'workerExit', 'pipeMessage', 'workerError'], true)) {
            $values[1] = $this->workers["worker $values[1]"] ?? 'other';
        } elseif ($note['event'] === 'task') {
            $values[2] = $this->workers["worker $values[2]"] ?? 'a worker';
        } elseif ($note['event'] === 'receive' && $this->mode !== 'coroutine') {
            /* Commands name fds, whose numbers are chance. */
            $values[3] = preg_replace('/(?<=[\[,])\d+(?=[,\]])/', '#', $values[3]);
        }
        return $values;
    }

    public function clean(): void
    {
        if (proc_get_status($this->process)['running']) {
            proc_terminate($this->process, 9);
        }
        foreach (['', '.out', '.port'] as $suffix) {
            @unlink($this->notes . $suffix);
        }
    }
}
