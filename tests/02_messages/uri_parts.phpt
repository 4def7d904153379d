--TEST--
A URI is taken apart, changed and written as RFC 3986 and PSR-7 have it
--EXTENSIONS--
mqtt_server
--FILE--
<?php
use MqttServer\Message\Uri;

foreach (['http://0.0.0.0/', 'HTTPS://User:pa%20ss@EXAMPLE.org:443/a b/%7e?x=y z&q=ü#frag ment', 'mqtt://h:1883', 'mqtt://h:1884',
    'http://[::1]:8080/x', '//host/path', '/only/path', '?q', 'urn:a:b', ''] as $text) {
    $uri = new Uri($text);
    echo json_encode([$uri->getScheme(), $uri->getAuthority(), $uri->getUserInfo(), $uri->getHost(), $uri->getPort(),
        $uri->getPath(), $uri->getQuery(), $uri->getFragment()], JSON_UNESCAPED_SLASHES), ' ', $uri, "\n";
}
$uri = new Uri('http://a/b');
echo $uri->withScheme('mqtts')->withHost('H')->withPort(8884)->withUserInfo('u@', 'p:')->withPath('x?y')->withQuery('?#')
    ->withFragment('#'), ' ', $uri, ' ', $uri->withPath('')->withHost('')->withScheme('')->withPath('//two'), "\n";
foreach ([fn () => $uri->withPort(65536), fn () => $uri->withPort('80'), fn () => $uri->withHost("a/b"),
    fn () => $uri->withScheme('1x'), fn () => $uri->withPath(null), fn () => new Uri('http://')] as $call) {
    try {
        $call();
        echo "accepted\n";
    } catch (InvalidArgumentException $exception) {
        echo $exception->getMessage(), "\n";
    }
}
?>
--EXPECT--
["http","0.0.0.0","","0.0.0.0",null,"/","",""] http://0.0.0.0/
["https","User:pa%20ss@example.org","User:pa%20ss","example.org",null,"/a%20b/%7e","x=y%20z&q=%C3%BC","frag%20ment"] https://User:pa%20ss@example.org/a%20b/%7e?x=y%20z&q=%C3%BC#frag%20ment
["mqtt","h","","h",null,"","",""] mqtt://h
["mqtt","h:1884","","h",1884,"","",""] mqtt://h:1884
["http","[::1]:8080","","[::1]",8080,"/x","",""] http://[::1]:8080/x
["","host","","host",null,"/path","",""] //host/path
["","","","",null,"/only/path","",""] /only/path
["","","","",null,"","q",""] ?q
["urn","","","",null,"a:b","",""] urn:a:b
["","","","",null,"","",""] 
mqtts://u%40:p:@h:8884/x%3Fy??%23#%23 http://a/b /two
The port must be between 0 and 65535, 65536 given
The port must be an integer or null, string given
The host holds a character that no host can have
"1x" is no scheme of a URI
The path must be a string, null given
Unable to read the URI "http://"
