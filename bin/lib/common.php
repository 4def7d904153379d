<?php
/* SPDX-License-Identifier: MIT
 *
 * bin/lib/common.php - what the PHP scripts of bin/ share. Included, never run.
 */
declare(strict_types=1);

/** Prints the comment at the top of the script that runs, and ends. */
function usage(): never
{
    preg_match('~^/\* SPDX[^\n]*\n \*\n(.*?)\n \*/~ms', file_get_contents($_SERVER['SCRIPT_FILENAME']), $comment);
    echo preg_replace('/^ \* ?/m', '', $comment[1]), "\n";
    exit(0);
}

/** Was the one option given that the script has (null: it has none)? --help prints what it does; all else is refused. */
function asked(?string $option): bool
{
    foreach (array_slice($_SERVER['argv'], 1) as $argument) {
        if ($argument === '--help' || $argument === '-h') {
            usage();
        }
        if ($argument !== $option) {
            fwrite(STDERR, basename($_SERVER['SCRIPT_FILENAME']) . ": unknown argument $argument\n");
            exit(2);
        }
    }
    return $_SERVER['argc'] > 1;
}
