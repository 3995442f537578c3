-- The reservations of one credential, and the nodes that share them. One question per call, as JSON in ARGV[1]; times
-- are whole microseconds of this server's clock, or of `ask.now` where a simulation brings its own.
--
-- LOG holds every reserved unit at its moment, and at minus its own birth the member "generation". STATE holds all the
-- rest, the generation among it: nodes (n:NAME, when each was heard of), who is expected to hand in and who has (e:, r:),
-- other limits, what the provider said is left. The two belong together: when one is gone, evicted or deleted, the
-- generation is, and nothing is granted until a node has founded a new one from the ledger. A generation is "ready" when
-- all whom anybody remembers to have reserved lately have handed that in, or when what is not known has left every short
-- window. Nodes that have not been heard of lately may be working on their share alone: it is set aside. So is that of
-- nodes that live (`ask.live`, as the database knows) and are not heard of here.
--
-- Neither key expires while there are nodes: a server that evicts keys with an end takes others first.
local LOG, STATE = unpack(KEYS)
local STEP = 20000 -- a clock that goes back further than this was set
local SAME_PERIOD = 60000000
local FOUNDING = 5000000 -- as long as a node may take to ask the ledger, before another does
local MOST = 10000 -- a longer log is not given to nodes that come: see `hand_in`
local SLACK = 2000000
local ABANDONED = 3600000 -- milliseconds that a log is kept which nobody shares, on top of its longest window
local ask = cjson.decode(ARGV[1])

local state = {}
local flat = redis.call('HGETALL', STATE)
for place = 1, #flat, 2 do
  state[flat[place]] = flat[place + 1]
end

local function whole(number)
  return string.format('%.0f', number)
end

local function put(name, value)
  state[name] = value
  redis.call('HSET', STATE, name, value)
end

local function drop(name)
  state[name] = nil
  redis.call('HDEL', STATE, name)
end

local function field(name)
  return tonumber(state[name]) or 0
end

-- Gives the names under a beginning, sorted, with what stands there.
local function under(beginning)
  local names = {}
  for name in pairs(state) do
    if string.sub(name, 1, #beginning) == beginning then
      names[#names + 1] = string.sub(name, #beginning + 1)
    end
  end
  table.sort(names)
  return names
end

local function clear(beginning)
  for _, name in ipairs(under(beginning)) do
    drop(beginning .. name)
  end
end

local function generation()
  local born = redis.call('ZSCORE', LOG, 'generation')
  return born and -tonumber(born) == field('generation') and -tonumber(born) or 0
end

local function begin(now, memory)
  redis.call('ZADD', LOG, whole(-now), 'generation')
  clear('e:')
  clear('r:')
  drop('keep')
  put('generation', whole(now))
  put('born', whole(now))
  put('ready', '0')
  put('memory', whole(memory))
end

local function after(text, beginning)
  return string.sub(text, 1, #beginning) == beginning
end

local function add(id, moment, cost)
  for unit = 1, cost do
    redis.call('ZADD', LOG, whole(moment), id .. ':' .. unit)
  end
end

local function others()
  return #under('n:') - (state['n:' .. ask.node] and 1 or 0)
end

-- Says whether this server is another than when it was asked last: one that was restarted may have brought back a log
-- of some time ago. Where it may not be asked, nobody knows.
local function restarted()
  local about = redis.pcall('INFO', 'server')
  local id = type(about) == 'string' and string.match(about, 'run_id:(%x+)') or ''
  if state.server == id then
    return false
  end
  put('server', id)
  return true
end

-- Gives the time, which never goes back. Where the server was restarted or its clock set, the log is in doubt: its last
-- second may be missing, or lie elsewhere. Then a new generation makes every node hand in its reservations again.
local function tell_time()
  local now = ask.now
  if not now then
    local time = redis.call('TIME')
    now = time[1] * 1000000 + time[2]
  end
  local seen, current, anew = field('seen'), generation(), restarted()
  local doubted = now < seen - STEP or (ask.stepped and ask.generation == current)
    or (anew and (ask.generation ~= 0 or others() > 0))
  if doubted and current ~= 0 then
    for _, late in ipairs(redis.call('ZRANGEBYSCORE', LOG, whole(now + ask.ahead), '+inf')) do
      redis.call('ZADD', LOG, whole(now), late)
    end
    begin(now, seen)
  elseif not doubted then
    now = math.max(now, seen)
  end
  put('seen', whole(now))
  return now
end

local function keep_alive(now)
  put('n:' .. ask.node, whole(now))
  local lives = {}
  for _, name in ipairs(ask.live or {}) do
    lives[name] = true
    if not state['n:' .. name] then
      put('n:' .. name, whole(now - ask.silent))
    end
  end
  for _, name in ipairs(under('n:')) do
    if field('n:' .. name) <= now - ask.forget and not lives[name] then
      drop('n:' .. name)
    end
  end
  local keep = math.max(ask.keep, field('keep')) -- nodes may have other limits
  if keep ~= field('keep') then
    put('keep', whole(keep))
  end
  redis.call('ZREMRANGEBYSCORE', LOG, 0, whole(now - keep))
  redis.call('PERSIST', LOG)
  redis.call('PERSIST', STATE)
end

-- Says whether all who are expected have handed in.
local function all_in()
  for _, name in ipairs(under('e:')) do
    if not state['r:' .. name] then
      return false
    end
  end
  return #under('r:') > 0
end

-- What the ledger knows of lately is what the nodes have handed in, once all of them have; its times are a little off.
local function forget_doubles(born)
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', LOG, whole(born - ask.settle + SLACK), whole(born))) do
    if after(member, 'ledger-') then
      redis.call('ZREM', LOG, member)
    end
  end
end

local function ready(now)
  if field('ready') == 1 then
    return true
  end
  local born = field('born')
  local complete = now >= born + ask.roll and all_in()
  if not complete and now < born + ask.settle then
    return false
  end
  if complete then
    forget_doubles(born)
  end
  put('ready', '1')
  return true
end

-- Gives the limits that hold instead of the configured ones, and for how long; '' for none.
local function limits(now)
  if state.limits and field('limits_till') > now then
    return state.limits, field('limits_till') - now
  end
  return '', 0
end

-- Gives what the provider said is left, and until when; nil where that is over or was never said.
local function ceiling(now)
  if state.left and field('left_till') > now then
    return field('left'), field('left_till')
  end
end

-- Takes what the provider said is left; `thesetd.domain.limiter.Ceiling.tightened` is the same rule.
local function tighten(now)
  local left, till = ask.ceiling[1], now + ask.ceiling[2]
  local known, known_till = ceiling(now)
  if known and till <= known_till + SAME_PERIOD then
    left, till = math.min(left, known), math.max(till, known_till)
  end
  put('left', whole(left))
  put('left_till', whole(till))
end

local function spend(now, cost)
  local left = ceiling(now)
  if left then
    put('left', whole(left - cost))
  end
end

-- A node that was answered after the moment up to which this server remembers has seen it forget; so has a ledger
-- that holds more calls than the log.
local function forgot(current)
  return (ask.generation ~= current and ask.last > field('memory'))
    or (ask.spent and ask.spent > redis.call('ZCOUNT', LOG, 0, '+inf'))
end

local function add_ledger(now, entries)
  for _, entry in ipairs(entries) do
    add('ledger-' .. entry[1], now - entry[2], entry[3])
  end
end

local function found(now)
  begin(now, now)
  add_ledger(now, ask.entries)
  if ask.certain then
    put('ready', '1')
  end
  drop('founder')
  drop('founding_till')
end

-- Says whether this node is the one that asks the ledger.
local function may_found(now)
  if state.founder and state.founder ~= ask.node and field('founding_till') > now then
    return false
  end
  put('founder', ask.node)
  put('founding_till', whole(now + FOUNDING))
  return true
end

-- Takes other limits: those that an operator set just now, or those that a node still knows of a log that was wiped.
local function publish(now, joining)
  local text, lasting, wanted = unpack(ask.publish)
  if not wanted and not (joining and limits(now) == '') then
    return
  end
  drop('limits')
  if lasting > 0 then
    put('limits', text)
    put('limits_till', whole(now + lasting))
  end
end

-- Takes what a node reserved lately, what it found here when it came, and of whom it has heard: name, age of the news,
-- whether it is still there. Only a witness can answer for its name: it found a complete log when it came, or that is
-- long ago. Of any other a predecessor may have reserved what nobody knows.
local function hand_in(now)
  for _, peer in ipairs(ask.peers) do
    local name, heard, here = peer[1], now - peer[2], peer[3]
    if here and not state['n:' .. name] then
      put('n:' .. name, whole(heard))
    end
    if ask.witness and heard >= field('born') - ask.settle then
      put('e:' .. name, '1')
    end
  end
  for _, grant in ipairs(ask.grants) do
    add(grant[1], now + grant[2], grant[3])
  end
  for _, unit in ipairs(ask.found) do
    redis.call('ZADD', LOG, 'NX', whole(now + unit[2]), unit[1])
  end
  if ask.witness then
    put('r:' .. ask.node, '1')
  end
end

local function standing(status, current, now)
  local nodes = {}
  for _, name in ipairs(under('n:')) do
    nodes[#nodes + 1] = name
    nodes[#nodes + 1] = state['n:' .. name]
  end
  local text, lasting = limits(now)
  local lately = nil
  if status == 'shared' and ask.grants and redis.call('ZCARD', LOG) <= MOST then
    lately = redis.call('ZRANGEBYSCORE', LOG, whole(now - ask.settle), '+inf', 'WITHSCORES')
  end
  return {status, current, now, text, lasting, nodes, lately}
end

-- A node is here: it may hand in what it reserved and whom it knows, and hears how things stand.
local function contact(now)
  local current = generation()
  if current ~= 0 and forgot(current) then
    redis.call('DEL', LOG)
    current = 0
  end
  if current == 0 and not ask.entries then
    return standing(may_found(now) and 'found' or 'wait', 0, now)
  end
  if current == 0 then
    found(now)
    current = generation()
  end
  publish(now, ask.generation ~= current)
  if ask.grants then
    hand_in(now)
  end
  if ask.older then
    add_ledger(now, ask.older)
  end
  keep_alive(now)
  return standing(ready(now) and 'shared' or 'wait', current, now)
end

local function moment_at(place)
  local entry = redis.call('ZREVRANGE', LOG, place, place, 'WITHSCORES')
  return entry[2] and tonumber(entry[2]) or 0
end

-- Gives the moment from which on the slots that this call leaves free last until more are; see `SlidingLog._gap_until`.
local function gap_until(place, length, even)
  local till, free = 0, 1
  while free <= place do
    local leaver = moment_at(place - free)
    if leaver > 0 then
      till = math.max(till, leaver + length - even - (free - 1) * even / ask.people)
    end
    free = math.max(free + 1, math.floor(free * 5 / 4))
  end
  return till
end

-- Gives the moment to which a patient call is spread, so that what is left of a window lasts until more is free.
local function spread(moment, count, length)
  local since = '(' .. whole(math.max(moment - length, 0))
  local taken = redis.call('ZCOUNT', LOG, since, '+inf')
  if taken == 0 or taken < count * ask.burst then
    return moment
  end
  local oldest = redis.call('ZRANGEBYSCORE', LOG, since, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)[2]
  local freed_in = oldest + length - moment
  return moment_at(0) + math.max(ask.hurry * length / count, freed_in / math.max(count - taken + 1, 1))
end

-- Gives how many nodes there are, and how many of them are not heard of.
local function census(now)
  local nodes, silent = 0, 0
  for _, name in ipairs(under('n:')) do
    nodes = nodes + 1
    if field('n:' .. name) <= now - ask.silent then
      silent = silent + 1
    end
  end
  return nodes, silent
end

-- Gives what silent nodes leave of a limit. Each may take `count / n` of it by itself, for an `n` that is smaller than
-- ours where it never heard of a node that died: hence rounded up. What is ours is never less than as many shares as
-- there are of us. A limit that cannot be divided is taken in turns.
local function left_by_silent(count, nodes, silent)
  if silent == 0 or count < nodes then
    return count
  end
  return math.max(count - silent * math.ceil(count / nodes), (nodes - silent) * math.floor(count / nodes))
end

-- Gives the earliest moment for this cost; `thesetd.domain.limiter.SlidingLog.earliest` is the same rule, without
-- other nodes' shares.
local function earliest(now)
  local newest = moment_at(0)
  local moment = math.max(now, newest)
  local nodes, silent = census(now)
  for _, window in ipairs(ask.windows) do
    local count, length = window[1], window[2]
    if length < ask.long then
      count = left_by_silent(count, nodes, silent)
      count = math.max(count - window[3], math.min(count, 1))
    end
    local leaver = moment_at(math.max(count - ask.cost, 0))
    if leaver > 0 then
      moment = math.max(moment, leaver + length)
    end
    if ask.patient and length < ask.long then
      moment = math.max(moment, gap_until(math.max(count - ask.cost, 0), length, length / math.max(count, 1)))
    end
  end
  if ask.patient and newest > 0 then
    local even = moment
    for _, window in ipairs(ask.windows) do
      if window[2] < ask.long then
        even = math.max(even, spread(moment, window[1] - window[3], window[2]))
      end
    end
    moment = even
  end
  if silent > 0 and ask.turn then
    moment = math.max(moment, now + ask.turn[3])
    moment = math.ceil((moment - ask.turn[2]) / ask.turn[1]) * ask.turn[1] + ask.turn[2]
  end
  local left, till = ceiling(now)
  if left and left < ask.cost then
    moment = math.max(moment, till)
  end
  return moment
end

-- A node wants to call, as often as it names ids: each moment that is not further away than `ask.ahead` is reserved.
local function reserve(now)
  if ask.generation ~= generation() or ask.generation == 0 or not ready(now) then
    return {'join', {}, now, 0}
  end
  if ask.limits ~= limits(now) then
    return {'limits', {}, now, 0}
  end
  keep_alive(now)
  local moments, moment = {}, earliest(now)
  for number, id in ipairs(ask.ids) do
    if moment - now > ask.ahead then
      break
    end
    add(id, moment, ask.cost)
    spend(now, ask.cost)
    moments[number] = moment
    moment = earliest(now)
  end
  return {#moments > 0 and 'granted' or 'later', moments, now, moment}
end

local function usage(now)
  local taken = {}
  for number, window in ipairs(ask.windows) do
    taken[number] = redis.call('ZCOUNT', LOG, '(' .. whole(math.max(now - window[2], 0)), '+inf')
  end
  return taken
end

local function leave()
  drop('n:' .. ask.node)
  if #under('n:') == 0 then
    for _, key in ipairs(KEYS) do
      redis.call('PEXPIRE', key, whole(field('keep') / 1000 + ABANDONED))
    end
  end
end

-- Takes slots whose calls left late, and those of which no call will come.
local function amend(now)
  for _, slot in ipairs(ask.moved) do
    for unit = 1, slot[2] do
      redis.call('ZADD', LOG, 'XX', whole(now + slot[3]), slot[1] .. ':' .. unit)
    end
  end
  local freed = 0
  for _, slot in ipairs(ask.freed) do
    for unit = 1, slot[2] do
      freed = freed + redis.call('ZREM', LOG, slot[1] .. ':' .. unit)
    end
  end
  if freed > 0 then
    spend(now, -freed)
  end
end

local now = tell_time()
if ask.moved then
  amend(now)
end
if ask.ceiling then
  tighten(now)
end
local questions = {contact = contact, reserve = reserve, usage = usage, leave = leave}
return questions[ask.question](now)
