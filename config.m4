dnl SPDX-License-Identifier: MIT
dnl
dnl config.m4 - how phpize and configure build the extension.
dnl The lists of sources are kept by `bin/check-sources --fix`: one file per line, sorted, one list per room.

PHP_ARG_ENABLE([mqtt_server],
  [whether to enable the MQTT server],
  [AS_HELP_STRING([--enable-mqtt_server], [Enable the MQTT server (needs libuv)])])

PHP_ARG_ENABLE([mqtt-server-dev],
  [whether to build mqtt_server with developer flags],
  [AS_HELP_STRING([--enable-mqtt-server-dev],
    [mqtt_server: all warnings are errors, own assertions are on])],
  [no],
  [no])

PHP_ARG_ENABLE([mqtt-server-asan],
  [whether to build mqtt_server with AddressSanitizer],
  [AS_HELP_STRING([--enable-mqtt-server-asan],
    [mqtt_server: AddressSanitizer and UndefinedBehaviorSanitizer, own assertions are on])],
  [no],
  [no])

PHP_ARG_ENABLE([mqtt-server-coverage],
  [whether to build mqtt_server with coverage],
  [AS_HELP_STRING([--enable-mqtt-server-coverage],
    [mqtt_server: record which lines run, for gcov])],
  [no],
  [no])

if test "$PHP_MQTT_SERVER" != "no"; then
  AC_MSG_CHECKING([for PHP 8.2 or later])
  mqs_php_vernum=$PHP_VERSION_ID
  if test -z "$mqs_php_vernum" && test -n "$PHP_CONFIG"; then
    mqs_php_vernum=`$PHP_CONFIG --vernum`
  fi
  if test -z "$mqs_php_vernum" || test "$mqs_php_vernum" -lt 80200; then
    AC_MSG_RESULT([no])
    AC_MSG_ERROR([mqtt_server needs PHP 8.2 or later, this is ${mqs_php_vernum:-unknown}])
  fi
  AC_MSG_RESULT([yes])

  PKG_CHECK_MODULES([LIBUV], [libuv >= 1.40.0], [], [AC_MSG_ERROR(m4_normalize([
    mqtt_server needs libuv 1.40 or later and pkg-config.
    Debian and Ubuntu: apt-get install libuv1-dev pkg-config.
    Alpine: apk add libuv-dev pkgconf.
    Fedora: dnf install libuv-devel pkgconf.]))])
  PHP_EVAL_LIBLINE([$LIBUV_LIBS], [MQTT_SERVER_SHARED_LIBADD])

  mqs_sources_base="
    src/base/base.c
    src/base/buffer.c
    src/base/hash.c
    src/base/wheel.c
  "
  mqs_sources_codec="
    src/codec/decode.c
    src/codec/decode_connect.c
    src/codec/encode.c
    src/codec/framer.c
    src/codec/names.c
    src/codec/primitives.c
    src/codec/prop_clauses.c
    src/codec/props.c
    src/codec/topic.c
  "
  mqs_sources_broker="
    src/broker/auth.c
    src/broker/backlog.c
    src/broker/broker.c
    src/broker/conn.c
    src/broker/connect.c
    src/broker/deliver.c
    src/broker/input.c
    src/broker/insider.c
    src/broker/inspect.c
    src/broker/match.c
    src/broker/match_cache.c
    src/broker/message.c
    src/broker/options.c
    src/broker/outbox.c
    src/broker/output.c
    src/broker/parked.c
    src/broker/peer.c
    src/broker/pressure.c
    src/broker/publish.c
    src/broker/receipt.c
    src/broker/retained.c
    src/broker/route.c
    src/broker/route_write.c
    src/broker/session.c
    src/broker/subscribe.c
    src/broker/subscriptions.c
    src/broker/sys.c
    src/broker/topic_tree.c
    src/broker/work.c
  "
  mqs_sources_cluster="
    src/cluster/directory.c
    src/cluster/frame.c
    src/cluster/link.c
    src/cluster/member.c
    src/cluster/mesh.c
    src/cluster/unix.c
  "
  mqs_sources_net="
    src/net/connection.c
    src/net/listener.c
    src/net/net.c
    src/net/poll.c
    src/net/signals.c
    src/net/sockets.c
    src/net/timer.c
    src/net/watch.c
  "
  mqs_sources_php="
    src/php/array_read.c
    src/php/async.c
    src/php/async_future.c
    src/php/async_host.c
    src/php/async_inbox.c
    src/php/async_queue.c
    src/php/async_wait.c
    src/php/attribute.c
    src/php/caller.c
    src/php/chain.c
    src/php/client.c
    src/php/codec_array.c
    src/php/codec_class.c
    src/php/codec_from_array.c
    src/php/codec_props.c
    src/php/decision.c
    src/php/discovery.c
    src/php/exception.c
    src/php/fiber_life.c
    src/php/fiber_pool.c
    src/php/host.c
    src/php/host_conn.c
    src/php/host_drain.c
    src/php/host_events.c
    src/php/host_mesh.c
    src/php/host_output.c
    src/php/host_peer.c
    src/php/host_reactor.c
    src/php/host_runner.c
    src/php/host_runs.c
    src/php/hyperf.c
    src/php/hyperf_config.c
    src/php/hyperf_event.c
    src/php/hyperf_handlers.c
    src/php/hyperf_lifecycle.c
    src/php/library.c
    src/php/message.c
    src/php/message_common.c
    src/php/message_request.c
    src/php/message_request_hyperf.c
    src/php/message_response.c
    src/php/message_said.c
    src/php/message_stream.c
    src/php/mqtt_server.c
    src/php/packet.c
    src/php/publisher.c
    src/php/reply.c
    src/php/revolt.c
    src/php/revolt_loop.c
    src/php/server.c
    src/php/server_fibers.c
    src/php/server_hooks.c
    src/php/server_log.c
    src/php/server_options.c
    src/php/server_publish.c
    src/php/server_run.c
    src/php/server_timers.c
    src/php/signature.c
    src/php/suspension.c
  "

  dnl Our own flags, for our own files: CFLAGS belongs to the user, whose choice of optimisation stands.
  mqs_cflags="-I@ext_srcdir@ -I@ext_srcdir@/src $LIBUV_CFLAGS"
  mqs_cflags="$mqs_cflags -std=gnu11 -fvisibility=hidden -DZEND_ENABLE_STATIC_TSRMLS_CACHE=1"
  case " $CFLAGS " in
    *" -O"*[)] ;;
    *[)] mqs_cflags="$mqs_cflags -O2" ;;
  esac

  if test "$PHP_MQTT_SERVER_DEV" != "no"; then
    dnl The switched off warnings are those that the headers of PHP themselves give.
    mqs_cflags="$mqs_cflags -DMQS_DEBUG -Wall -Wextra -Werror -Wno-unused-parameter -Wno-sign-compare"
  fi
  if test "$PHP_MQTT_SERVER_ASAN" != "no"; then
    mqs_cflags="$mqs_cflags -DMQS_DEBUG -fsanitize=address -fsanitize=undefined -fno-omit-frame-pointer"
    MQTT_SERVER_SHARED_LIBADD="$MQTT_SERVER_SHARED_LIBADD -Wc,-fsanitize=address,-fsanitize=undefined"
  fi
  if test "$PHP_MQTT_SERVER_COVERAGE" != "no"; then
    mqs_cflags="$mqs_cflags --coverage"
    MQTT_SERVER_SHARED_LIBADD="$MQTT_SERVER_SHARED_LIBADD -Wc,--coverage"
  fi

  PHP_NEW_EXTENSION([mqtt_server],
    [$mqs_sources_base $mqs_sources_codec $mqs_sources_broker $mqs_sources_cluster $mqs_sources_net $mqs_sources_php],
    [$ext_shared],,
    [$mqs_cflags])
  PHP_SUBST([MQTT_SERVER_SHARED_LIBADD])

  PHP_ADD_BUILD_DIR([$ext_builddir/src/base])
  PHP_ADD_BUILD_DIR([$ext_builddir/src/codec])
  PHP_ADD_BUILD_DIR([$ext_builddir/src/broker])
  PHP_ADD_BUILD_DIR([$ext_builddir/src/cluster])
  PHP_ADD_BUILD_DIR([$ext_builddir/src/net])
  PHP_ADD_BUILD_DIR([$ext_builddir/src/php])
fi
