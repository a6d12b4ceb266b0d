import Sessions

/// What runs inside Redis. Each script checks before it writes, so that an error leaves everything as it was.
///
/// Redis refuses a script's first write if it could take memory and there is none, and an access to a key that is gone while
/// its slot is on its way to another node. So what must work with a full memory begins with a write that takes none, and a
/// key that is still needed never vanishes in between.
///
/// Fields are those of ``RecordCoding``. A script that arrives after `ARGV[1]`, by Redis's clock, answers with that clock
/// and does nothing: this is what keeps a commit from being applied after its caller was told that it failed.
struct Scripts: Sendable {
    let create = Script(Self.fence + Self.creation)
    let commit: Script
    let sweep = Script(Self.lifetimes + Self.sweeping)
    let enroll = Script(Self.enrolling)
    let settle = Script(Self.settling)
    let watermark = Script(Self.raising)

    init(limits: SessionLimits) {
        commit = Script(
            Self.fence + Self.lifetimes
                + """
                local maximumCount, maximumValue, maximumName, maximumBytes =
                    \(limits.attributeCount), \(limits.attributeBytes), \(SessionLimits.nameBytes), \(limits.sessionBytes)

                """ + Self.committing)
    }

    private static let fence = """
        local clock = redis.call('TIME')
        local milliseconds = clock[1] * 1000 + math.floor(clock[2] / 1000)
        if milliseconds > tonumber(ARGV[1]) then return string.format('%.0f', milliseconds) end

        """

    /// Redis forgets a key a minute after the record says: its own timer is only for what no sweep came by to delete.
    private static let lifetimes = """
        local sub, pack, unpack8 = string.sub, struct.pack, struct.unpack
        local function wellFormed(h, l, s, f)
            return h and l and s and f and #h == 24 and #l == 33 and #s == 40 and #f == 41
        end
        local function deadlineOf(l, lastUsed)
            local idle, touch, absolute, retention = unpack8('>i8i8i8i8', l)
            if idle >= 0 and lastUsed + idle + touch < absolute then return lastUsed + idle + touch, retention end
            return absolute, retention
        end
        local function whole(number) return string.format('%.0f', number) end
        local function keepUntil(key, time, now)
            redis.call('PEXPIRE', key, whole(math.max(1, math.min(time - now + 60000, 2 ^ 50))))
        end
        local function delete(key, names)
            for i = 1, #names, 1000 do redis.call('HDEL', key, unpack(names, i, math.min(i + 999, #names))) end
        end
        local function bury(key, h, e)
            local kept, names = {h = 1, l = 1, s = 1, f = 1, u = 1}, {'e'}
            for _, name in ipairs(redis.call('HKEYS', key)) do
                if not kept[name] then names[#names + 1] = name end
            end
            delete(key, names)
            redis.call('HSET', key, 'h', pack('>i8', (unpack8('>i8', h)) + 1) .. sub(h, 9), 'e', e)
        end

        """

    /// KEYS: session, due. ARGV: latest, ID, due, milliseconds to keep, then names and values.
    private static let creation = """
        if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
        redis.call('ZADD', KEYS[2], ARGV[3], ARGV[2])
        redis.call('HSET', KEYS[1], unpack(ARGV, 5))
        redis.call('PEXPIRE', KEYS[1], ARGV[4])
        return 1
        """

    /// KEYS: session, and due where the lifetime or the end is written.
    ///
    /// ARGV: latest, now, generation, last use, lifetime, move of the secret, privilege change, principal, end, ID, how
    /// many expected revisions, how many sets; then the pairs of both and the fields to remove. Empty: not asked for.
    /// Answers with nil where there is no session, else with all fields as they were and whether the commit was applied.
    private static let committing = """
        local all = redis.call('HGETALL', KEYS[1])
        if #all == 0 then return false end
        local fields = {}
        for i = 1, #all, 2 do fields[all[i]] = all[i + 1] end
        local last = #all + 1
        all[last] = 0
        local now = tonumber(ARGV[2])
        local h, l, s, f, p = fields.h, fields.l, fields.s, fields.f, fields.p
        if not wellFormed(h, l, s, f) then return all end
        local lastUsed = unpack8('>i8', h, 17)
        if fields.e or now >= (deadlineOf(l, lastUsed)) then return all end
        if ARGV[3] ~= sub(h, 9, 16) and (ARGV[3] ~= '' or ARGV[9] == '') then return all end
        local at = 13
        for i = 1, tonumber(ARGV[11]) do
            local value = fields[ARGV[at]]
            if (value and sub(value, 1, 8) or '\\0\\0\\0\\0\\0\\0\\0\\0') ~= ARGV[at + 1] then return all end
            at = at + 2
        end
        if ARGV[9] ~= '' then
            bury(KEYS[1], h, ARGV[9])
            local forgettable = (unpack8('>i8', ARGV[9])) + unpack8('>i8', l, 25)
            keepUntil(KEYS[1], forgettable, now)
            redis.call('ZADD', KEYS[2], 'LT', whole(forgettable), ARGV[10])
            all[last] = 1
            return all
        end
        local revision = pack('>i8', (unpack8('>i8', h)) + 1)
        local generation, used = sub(h, 9, 16), sub(h, 17, 24)
        local set, removed = {'h', ''}, {}
        local sets = tonumber(ARGV[12])
        for i = 1, sets do
            local name, value = ARGV[at], revision .. ARGV[at + 1]
            fields[name] = value
            set[#set + 1] = name
            set[#set + 1] = value
            at = at + 2
        end
        for i = at, #ARGV do
            if fields[ARGV[i]] then
                fields[ARGV[i]] = nil
                removed[#removed + 1] = ARGV[i]
            end
        end
        if sets > 0 then
            local count, bytes = 0, 0
            for name, value in pairs(fields) do
                if sub(name, 1, 1) == '.' then
                    if #value - 8 > maximumValue or #name - 1 > maximumName then return all end
                    count = count + 1
                    bytes = bytes + #name + #value - 9
                end
            end
            if count > maximumCount or bytes > maximumBytes then return all end
        end
        if sets == 0 and ARGV[7] == '' then redis.call('HDEL', KEYS[1], '') end
        local isMoved = false
        if ARGV[4] ~= '' then
            local time = unpack8('>i8', ARGV[4])
            if time > lastUsed then lastUsed, used, isMoved = time, ARGV[4], true end
        end
        if ARGV[5] ~= '' then
            l, isMoved = ARGV[5], true
            set[#set + 1] = 'l'
            set[#set + 1] = l
        end
        local move = ARGV[6]
        if move ~= '' and sub(move, 1, 32) == sub(s, 1, 32) then
            local kind = sub(move, 33, 33)
            if kind == 'r' then
                p = sub(s, 1, 32) .. sub(move, 66, 81)
                s = sub(move, 34, 65) .. sub(move, 82, 89)
            elseif kind == 's' then
                if p and #p == 48 then p = p .. sub(move, 34, 41) end
            else
                p = nil
            end
        end
        local change = ARGV[7]
        if change ~= '' then
            set[#set + 1] = 'o'
            set[#set + 1] = sub(f, 1, 32) .. sub(change, 33, 40) .. sub(h, 1, 8)
            set[#set + 1] = 'f'
            set[#set + 1] = sub(change, 41, 72) .. sub(f, 33)
            set[#set + 1] = 'u'
            set[#set + 1] = ARGV[8]
            s, p = sub(change, 1, 40), nil
            generation = pack('>i8', (unpack8('>i8', h, 9)) + 1)
        end
        if s ~= fields.s then
            set[#set + 1] = 's'
            set[#set + 1] = s
        end
        if p and p ~= fields.p then
            set[#set + 1] = 'p'
            set[#set + 1] = p
        elseif fields.p and not p then
            removed[#removed + 1] = 'p'
        end
        set[2] = revision .. generation .. used
        redis.call('HSET', KEYS[1], unpack(set))
        delete(KEYS[1], removed)
        if isMoved then
            local deadline, retention = deadlineOf(l, lastUsed)
            keepUntil(KEYS[1], deadline + retention, now)
            if ARGV[5] ~= '' then redis.call('ZADD', KEYS[2], 'LT', whole(deadline), ARGV[10]) end
        end
        all[last] = 1
        return all
        """

    /// KEYS: session, due. ARGV: now, ID. Answers 0 where the session can't be read, which is put off by a day.
    private static let sweeping = """
        local now = tonumber(ARGV[1])
        if redis.call('EXISTS', KEYS[1]) == 0 then
            redis.call('ZREM', KEYS[2], ARGV[2])
            return 1
        end
        local found = redis.call('HMGET', KEYS[1], 'h', 'l', 's', 'f', 'e')
        local h, l, s, f, e = found[1], found[2], found[3], found[4], found[5]
        redis.call('ZREM', KEYS[2], '')
        if not wellFormed(h, l, s, f) or (e and #e < 8) then
            redis.call('ZADD', KEYS[2], whole(now + 86400000), ARGV[2])
            return 0
        end
        local deadline, retention = deadlineOf(l, (unpack8('>i8', h, 17)))
        if not e then
            if now < deadline then
                redis.call('ZADD', KEYS[2], whole(deadline), ARGV[2])
                return 1
            end
            if deadline + retention > now then
                bury(KEYS[1], h, pack('>i8', deadline) .. 'expired')
                keepUntil(KEYS[1], deadline + retention, now)
            end
        else
            deadline = unpack8('>i8', e)
        end
        if deadline + retention <= now then
            redis.call('DEL', KEYS[1])
            redis.call('ZREM', KEYS[2], ARGV[2])
        else
            redis.call('ZADD', KEYS[2], whole(deadline + retention), ARGV[2])
        end
        return 1
        """

    /// KEYS: the principal's sessions, principals. ARGV: moment and ID, when to look through them, the principal.
    private static let enrolling = """
        redis.call('ZADD', KEYS[1], 0, ARGV[1])
        redis.call('ZADD', KEYS[2], 'LT', ARGV[2], ARGV[3])
        return 1
        """

    /// KEYS: the principal's sessions, principals. ARGV: when to look through them again, the principal, wrong entries.
    private static let settling = """
        redis.call('ZREM', KEYS[2], '')
        local left = redis.call('ZCARD', KEYS[1])
        if #ARGV > 2 then left = left - redis.call('ZREM', KEYS[1], unpack(ARGV, 3)) end
        if left == 0 then
            redis.call('ZREM', KEYS[2], ARGV[2])
        else
            redis.call('ZADD', KEYS[2], ARGV[1], ARGV[2])
        end
        return 1
        """

    /// KEYS: watermark. ARGV: to, milliseconds to keep.
    private static let raising = """
        local old = redis.call('GET', KEYS[1])
        redis.call('PEXPIRE', KEYS[1], ARGV[2])
        local new = ARGV[1]
        if old and tonumber(old) > tonumber(new) then new = old end
        redis.call('SET', KEYS[1], new, 'PX', ARGV[2])
        return new
        """
}
