"""Addresses of Redis as they are pasted: each is read exactly, or refused by a line that shows nothing of it."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.adapters.redis.address import parse
from thesetd.domain.errors import ConfigError

SECRET = "hunter2"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("redis://h:6379/0", "redis://h:6379/0"),
        ("redis://h", "redis://h:6379/0"),
        ("redis://", "redis://localhost:6379/0"),
        ("REDIS://h/2", "redis://h:6379/2"),
        ("rediss://h:6380/1", "rediss://h:6380/1"),
        ("redis+tls://h", "rediss://h:6379/0"),
        ("valkeys://h:6380", "rediss://h:6380/0"),
        ("redis://[::1]:7000/3", "redis://[::1]:7000/3"),
        ("unix:///run/redis/redis.sock", "unix:///run/redis/redis.sock"),
        ("unix:///run/a%40b/redis.sock?db=2", "unix:///run/a%40b/redis.sock"),
        ("redis-socket:///run/redis.sock", "unix:///run/redis.sock"),
        ("h:6379", "redis://h:6379/0"),
        ("cache.example.com", "redis://cache.example.com:6379/0"),
        ('"redis://h:6379/0"', "redis://h:6379/0"),
        ("“redis://h:6379/0”\r\n", "redis://h:6379/0"),
        ("\ufeffredis://h:6379/0\u200b", "redis://h:6379/0"),
        ("REDIS_URL=redis://h:6379/0", "redis://h:6379/0"),
        ("export REDIS_URL='redis://h:6379/0'", "redis://h:6379/0"),
        ("REDIS_URL: redis://h:6379/0", "redis://h:6379/0"),
        ('"REDIS_URL": "redis://h:6379/0",', "redis://h:6379/0"),
        ("tcp://10.0.0.7:6379?database=2", "redis://10.0.0.7:6379/2"),
        ("tls://h:6380", "rediss://h:6380/0"),
        ("/run/redis/redis.sock", "unix:///run/redis/redis.sock"),
        ("unix:/run/redis/redis.sock", "unix:///run/redis/redis.sock"),
        ("redis-cli -u redis://h:6379/0", "redis://h:6379/0"),
        ("redis-cli --tls -u redis://h:6379", "rediss://h:6379/0"),
        ("redis://h:6379/0?db=2", "redis://h:6379/2"),
        ("rediss://h:6379/0?tls=true", "rediss://h:6379/0"),
        ("redis://h:6379/0?ssl=false", "redis://h:6379/0"),
        ("h:6380,password=hunter2,ssl=True,abortConnect=False", "rediss://h:6380/0"),
        ("rediss://h:6380/0#insecure", "rediss://h:6380/0"),
        ("redis://h:6379/0#cache", "redis://h:6379/0"),
        ("h:6379,defaultDatabase=3", "redis://h:6379/3"),
        ("s1:26379,s2:26379,serviceName=main", "redis+sentinel://s1:26379,s2:26379/main/0"),
        ("redis+sentinel://s1:26379,s2:26380/main/1", "redis+sentinel://s1:26379,s2:26380/main/1"),
        ("redis+sentinel://:hunter2@s1/main", "redis+sentinel://s1:26379/main/0"),
        ("rediss+sentinel://s1/main/0", "rediss+sentinel://s1:26379/main/0"),
        ("redis-sentinel://s1:26379,s2/2#main", "redis+sentinel://s1:26379,s2:26379/main/2"),
        ("redis-sentinel://s1:26379/0?sentinelMasterId=main", "redis+sentinel://s1:26379/main/0"),
    ],
)
def test_every_way_of_writing_an_address_is_read(text: str, shown: str):
    """URLs of several clients, wrappings of consoles and shells, lists of another ecosystem."""
    assert str(parse(text)) == shown


@pytest.mark.parametrize(
    ("text", "password"),
    [
        (f"redis://:{SECRET}@h:6379/0", SECRET),
        (f"redis://user:{SECRET}@h", SECRET),
        ("redis://:p%40ss%2Fw@h", "p@ss/w"),
        ("redis://:a%20b@h", "a b"),
        ("redis://:p@ss@h", "p@ss"),
        ("redis://h?password=a%26b", "a&b"),
        ("h:6380,password=a=b==,ssl=True", "a=b=="),
        (f"unix://user:{SECRET}@/run/redis.sock", SECRET),
    ],
)
def test_a_password_is_what_it_was_before_it_was_encoded(text: str, password: str):
    """It is in no text of the address."""
    address = parse(text)
    assert address.password == password
    assert password not in str(address)
    assert password not in repr(address)


@pytest.mark.parametrize(
    ("text", "left_out"),
    [
        ("redis://h:6379/0?family=0", ("family",)),
        ("redis://h:6379/0?retry_on_timeout=true", ("retry_on_timeout",)),
        ("redis://h:6379/0?colour=blue", ("colour",)),
        ("redis://h?family=6&family=4&maxRetriesPerRequest=3&client_name=a", ("family", "maxRetriesPerRequest")),
        ("redis://h?dial_timeout=5s&pool_size=10", ("dial_timeout", "pool_size")),
        ("h:6379,abortConnect=False,connectTimeout=500", ("abortConnect", "connectTimeout")),
        (f"redis://h?a{SECRET} b=1", ("(an unreadable parameter)",)),
        ("redis://h?client_name=thesetd&db=2&protocol=3", ("protocol",)),
    ],
)
def test_words_that_mean_nothing_here_are_left_out_and_named(text: str, left_out: tuple[str, ...]):
    """Each once; what is no word at all is named as nothing, for it may be a piece of a password."""
    assert parse(text).left_out == left_out


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "is empty"),
        ("http://h", "scheme 'http'"),
        (f"{SECRET}:/x://h", "expected redis://"),
        ("redis://h:port/0", "host or the port"),
        ("redis://h:70000", "port 70000"),
        ("redis://h/abc", "must be a number"),
        ("redis://h?db=two", "parameter db"),
        ("redis://h?tls=true", "tls=true contradicts redis://"),
        ("redis://h?ssl=yes", "ssl=yes contradicts redis://"),
        ("rediss://h?tls=false", "tls=false contradicts rediss://"),
        ("rediss://h?ssl_cert_reqs=perhaps", "parameter ssl_cert_reqs"),
        ("redis://h?client_name=a%20b", "client_name"),
        (f"redis://:{SECRET}/w@h:6379/0", "percent-encode the password"),
        (f"redis://:{SECRET}?w@h:6379/0", "percent-encode the password"),
        (f"redis://:{SECRET}#w@h:6379/0", "percent-encode the password"),
        ("redis://h1,h2:6379/0", "several hosts"),
        ("h1:6379,h2:6379,ssl=True", "several hosts"),
        ("redis-cluster://h", "cluster mode"),
        ("redis+sentinel://s1:26379", "names no service"),
        ("redis+sentinel:///main", "names no host"),
        ("unix://run/redis.sock", "absolute"),
        (f"redis-cli -h h -a {SECRET}", "redis-cli"),
        (f"redis-cli --pass={SECRET} -u redis://h", "(--pass)"),
        (f"one {SECRET} too many", "cannot be read"),
        (f"redis://:%ff{SECRET}@h", "percent-encode the password"),
        (f"redis://:\udcff{SECRET}@h", "cannot be printed"),
        (f"redis://:{SECRET}@h..x", "the host's name"),
        (f"redis+sentinel://:{SECRET}@s1,{'a' * 64}/main", "the host's name"),
        ("redis://:********@h", "placeholder"),
        ("redis://default:[YOUR-PASSWORD]@h", "placeholder"),
        (f"redis://:${{{SECRET}}}@h", "not replaced"),
        (f"redis://${{{SECRET}}}:6379", "not replaced"),
        ("rediss://h?ssl_certfile=/none.pem", "ssl_certfile: /none.pem cannot be used"),
        ("rediss://h?ssl_keyfile=/none.pem", "ssl_certfile: needed"),
    ],
)
def test_what_cannot_be_used_is_named_and_nothing_of_it_is_shown(text: str, named: str):
    """One line, with the key, without the password."""
    with pytest.raises(ConfigError) as caught:
        parse(text)
    (fault,) = caught.value.faults
    assert fault.startswith("redis.url: ")
    assert named in fault
    assert SECRET not in fault
    assert len(fault) < 120


def test_certificates_may_be_trusted_by_the_configuration_or_the_address(tmp_path: Path):
    """A file that cannot be used is named, with its key."""
    with pytest.raises(ConfigError, match=r"redis\.ca_file: .*none\.pem cannot be used: No such file"):
        parse("rediss://h", ca_file=tmp_path / "none.pem")
    (tmp_path / "empty.pem").write_text("")
    with pytest.raises(ConfigError, match=r"no certificate in it"):
        parse("rediss://h?ssl_ca_certs=" + str(tmp_path / "empty.pem"))
    assert not parse("rediss://h?ssl_cert_reqs=none").check
    assert not parse("rediss://h?skip_verify=true").check
    assert parse("rediss://h?ssl_cert_reqs=required").check


@given(st.text(max_size=60))
def test_whatever_is_pasted_is_an_address_or_a_fault(text: str):
    """Nothing else is ever raised."""
    for whole in (text, f"redis://{text}", f"redis://h/{text}", f"redis+sentinel://h/m?{text}", f"h,{text}=1"):
        with suppress(ConfigError):
            parse(whole)
