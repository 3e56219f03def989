"""The state of online features in Redis, for which each act is one script: one round trip, and all
of it or nothing."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from keel.backends.online import Ask, Change, Held, Node, Stream
from keel.errors import EnvironmentFailure, MissingExtra

WAIT_S = 5.0
"""How long one try waits for an answer."""

RETRIES = 3
LONGEST_PAUSE_S = 0.5
CLEARED_AT_ONCE = 1000
READ_AT_ONCE = 1000

# The number of a scope is part of its keys: a cleared scope gets another one, so that what is still
# to be dropped is nobody's.
_NUMBER = """
local number = redis.call('HGET', 'keel:online', ARGV[1])
if not number and make then
    number = redis.call('INCR', 'keel:online:last')
    redis.call('HSET', 'keel:online', ARGV[1], number)
end
local at = 'keel:online:' .. tostring(number) .. ':'
"""
# What is asked comes as a flat list, lengths before what they are of.
_NEXT = """
local place = 1
local function take()
    place = place + 1
    return ARGV[place]
end
local function each(act)
    for i = 1, tonumber(take()) do act(i) end
end
"""
_READ = f"""
local make = false
{_NUMBER}{_NEXT}
local events, streams = {{}}, {{}}
each(function(i)
    events[i] = redis.call('HGET', at .. 'events', take())
end)
each(function(i)
    local name, nodes = take(), {{}}
    local head = redis.call('HMGET', at .. 's:' .. name, 'data', 'lines', 'folds')
    local function find(level, found)
        for _, node in ipairs(found) do
            local value = redis.call('HGET', at .. 'n:' .. name, level .. node)
            nodes[#nodes + 1] = {{tonumber(level), node, value}}
        end
    end
    local levels = {{}}
    each(function(number) levels[number] = take() end)
    each(function()
        local last = '[' .. take()
        for _, level in ipairs(levels) do
            find(level, redis.call(
                'ZREVRANGEBYLEX', at .. level .. ':' .. name, last, '-', 'LIMIT', 0, 1))
        end
    end)
    each(function()
        local level, first, last = take(), '[' .. take(), '[' .. take()
        find(level, redis.call('ZRANGEBYLEX', at .. level .. ':' .. name, first, last))
    end)
    streams[i] = {{head[1], head[2], head[3], redis.call('GET', at .. 'l:' .. name), nodes}}
end)
return {{events, streams}}
"""
_WRITE = f"""
local make = true
{_NUMBER}{_NEXT}
local events, streams, nodes, lines, fits = {{}}, {{}}, {{}}, {{}}, true
each(function(i)
    events[i] = {{take(), take()}}
    fits = fits and redis.call('HEXISTS', at .. 'events', events[i][1]) == 0
end)
each(function()
    local name, old, new = take(), take(), take()
    events[#events + 1] = {{name, new}}
    fits = fits and redis.call('HGET', at .. 'events', name) == old
end)
each(function(i)
    local name, folds = take(), take()
    streams[i] = {{name, take(), take(), take()}}
    each(function() nodes[#nodes + 1] = {{name, take(), take(), take()}} end)
    fits = fits and redis.call('HGET', at .. 's:' .. name, 'folds') == folds
end)
if not fits then return false end
for _, event in ipairs(events) do redis.call('HSET', at .. 'events', event[1], event[2]) end
for _, stream in ipairs(streams) do
    local name, size, folded, data = unpack(stream)
    local head, log = at .. 's:' .. name, at .. 'l:' .. name
    redis.call('HSET', head, 'data', data)
    redis.call('HINCRBY', head, 'folds', 1)
    redis.call('HINCRBY', head, 'lines', -folded)
    redis.call('SET', log, redis.call('GETRANGE', log, size, -1))
end
for _, node in ipairs(nodes) do
    local stream, level, name, value = unpack(node)
    redis.call('ZADD', at .. level .. ':' .. stream, 0, name)
    redis.call('HSET', at .. 'n:' .. stream, level .. name, value)
end
each(function(i)
    local name, added, log = take(), take(), take()
    redis.call('HSETNX', at .. 's:' .. name, 'folds', 0)
    lines[i] = redis.call('HINCRBY', at .. 's:' .. name, 'lines', added)
    redis.call('APPEND', at .. 'l:' .. name, log)
end)
return lines
"""
_MARK = f"""
local make = true
{_NUMBER}
redis.call('SET', at .. 'marked', 1)
"""
_IS_MARKED = f"""
local make = false
{_NUMBER}
return redis.call('EXISTS', at .. 'marked')
"""
_WHERE = f"""
local make = false
{_NUMBER}
return at
"""
_FORGET = f"""
local make = false
{_NUMBER}
redis.call('HDEL', 'keel:online', ARGV[1])
return at
"""


class RedisOnline:
    """One Redis that does not shard, any number of processes.

    A write is answered once Redis has it: with `appendonly yes` it then outlasts kill -9 of all
    processes, and with `appendfsync always` a power cut. When Redis does not answer, a few tries
    are made; a write that was done but not answered is then found as repeated.
    """

    def __init__(self, url: str) -> None:
        try:
            import redis
            from redis.backoff import ExponentialBackoff
            from redis.retry import Retry
        except ImportError as error:
            raise MissingExtra("online features in Redis", "redis") from error
        self._shown = _without_password(url)
        self._errors = redis.RedisError
        self._client: Any = redis.Redis.from_url(
            url,
            socket_timeout=WAIT_S,
            socket_connect_timeout=WAIT_S,
            retry=Retry(ExponentialBackoff(cap=LONGEST_PAUSE_S, base=0.05), RETRIES),
            retry_on_error=[
                redis.ConnectionError,
                redis.TimeoutError,
                redis.BusyLoadingError,
            ],
        )
        scripts = (_READ, _WRITE, _WHERE, _MARK, _IS_MARKED, _FORGET)
        registered = [self._client.register_script(script) for script in scripts]
        self._read, self._write, self._where = registered[:3]
        self._mark, self._is_marked, self._forget = registered[3:]

    def read(self, scope: str, events: Sequence[str] = (), asks: Sequence[Ask] = ()) -> Held:
        asked: list[object] = [len(events), *events, len(asks)]
        for ask in asks:
            asked += [ask.stream, len(ask.levels), *ask.levels, len(ask.places), *ask.places]
            asked += [len(ask.spans), *chain.from_iterable(ask.spans)]
        values, streams = self._call(self._read, scope, *asked)
        found = zip(events, values, strict=True)
        return Held(
            {name: value for name, value in found if value is not None},
            [_stream(*stream) for stream in streams],
        )

    def write(self, scope: str, change: Change) -> dict[str, int] | None:
        said: list[object] = [len(change.added)]
        for event in change.added:
            said += event
        said.append(len(change.replaced))
        for name, values in change.replaced.items():
            said += (name, *values)
        said.append(len(change.folded))
        for name, fold in change.folded.items():
            said += (name, fold.folds, fold.size, fold.lines, fold.data, len(fold.nodes))
            for node, value in fold.nodes.items():
                said += (node.level, node.name, value)
        said.append(len(change.appended))
        for name, lines in change.appended.items():
            said += (name, *lines)
        sizes = self._call(self._write, scope, *said)
        return None if sizes is None else dict(zip(change.appended, sizes, strict=True))

    def every_event(self, scope: str) -> Iterator[tuple[str, bytes]]:
        prefix = self._call(self._where, scope).decode()
        try:
            for name, value in self._client.hscan_iter(f"{prefix}events", count=READ_AT_ONCE):
                yield name.decode(), value
        except self._errors as error:
            raise self._failure(error) from error

    def mark(self, scope: str) -> None:
        self._call(self._mark, scope)

    def is_marked(self, scope: str) -> bool:
        return bool(self._call(self._is_marked, scope))

    def clear(self, scope: str) -> None:
        prefix = self._call(self._forget, scope).decode()
        try:
            keys = self._client.scan_iter(match=f"{prefix}*", count=CLEARED_AT_ONCE)
            for key in keys:
                self._client.unlink(key)
        except self._errors as error:
            raise self._failure(error) from error

    def close(self) -> None:
        self._client.close()

    def _call(self, script: Any, *arguments: object) -> Any:
        try:
            return script(args=arguments)
        except self._errors as error:
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> EnvironmentFailure:
        return EnvironmentFailure(
            f"the online store {self._shown} failed {RETRIES + 1} times ({error}): see that this "
            "Redis runs, can be reached and has memory left, then send it again"
        )


def _stream(
    data: bytes | None,
    lines: bytes | None,
    folds: bytes | None,
    log: bytes | None,
    nodes: Sequence[tuple[int, bytes, bytes]],
) -> Stream | None:
    if folds is None:
        return None
    found = {Node(level, name.decode()): value for level, name, value in nodes}
    return Stream(data or b"", log or b"", int(lines or 0), int(folds), found)


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
