import Sessions

/// The scripts that run inside Redis; each checks before it writes, so that an error leaves everything as it was.
///
/// Redis refuses a script's first write if it could take memory and there is none, and an access to a key that is gone
/// while its slot is on its way to another node. So what must work with a full memory begins with a write that takes
/// none, and a key that is still needed never vanishes in between.
///
/// Fields are those of ``RecordLayout``.
struct Scripts: Sendable {
    private typealias Argument = CommitArgument
    private typealias Known = KnownCommitArgument
    private typealias Move = CommitArgument.SecretMove
    private typealias Change = CommitArgument.PrivilegeChange
    private typealias Hot = RecordLayout.Hot
    private typealias Lifetime = RecordLayout.Lifetime
    private typealias Secret = RecordLayout.Secret
    private typealias Family = RecordLayout.Family
    private typealias Previous = RecordLayout.Previous
    private typealias Superseded = RecordLayout.Superseded
    private typealias SignIn = RecordLayout.SignIn
    private typealias Authentications = RecordLayout.Authentications
    private typealias End = RecordLayout.End
    private typealias Attribute = RecordLayout.Attribute

    let create = Script(Self.creation, isFenced: true)
    let commit: Script
    let commitToKnown = Script(Self.committingToKnown, isFenced: true)
    let health = Script(Self.proving, isFenced: true)
    let sweep = Script(Self.lifetimes + Self.sweeping)
    let quarantine = Script(Self.settingAside)
    let enroll = Script(Self.enrolling)
    let clean = Script(Self.cleaning)
    let watermark = Script(Self.raising)

    init(limits: SessionLimits) {
        commit = Script(
            Self.lifetimes
                + """
                local maximumCount, maximumValue, maximumName, maximumBytes =
                    \(limits.attributeCount), \(limits.attributeBytes), \(SessionLimits.nameBytes), \(limits.sessionBytes)

                """ + Self.committing, isFenced: true)
    }

    /// Redis forgets a key a minute after the record says: its own timer is only for what no sweep came by to delete.
    private static let lifetimes = """
        local sub, pack, unpack8 = string.sub, struct.pack, struct.unpack
        local function wellFormed(h, l, s, f)
            return h and l and s and f and #h == \(Hot.size) and #l == \(Lifetime.size) and #s == \(Secret.size) and #f == \(Family.size)
        end
        local function deadlineOf(l, lastUsed)
            local idle, touch = \(Lifetime.idleTimeout.number(in: "l")), \(Lifetime.touchInterval.number(in: "l"))
            local absolute = \(Lifetime.absoluteDeadline.number(in: "l"))
            local retention = \(Lifetime.retention.number(in: "l"))
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
            local kept, names = {\(RecordLayout.keptInTombstones.map { "\($0.name) = 1" }.joined(separator: ", "))}, {'\(End.name)'}
            for _, name in ipairs(redis.call('HKEYS', key)) do
                if not kept[name] then names[#names + 1] = name end
            end
            delete(key, names)
            local revision = \(Lua.packed("\(Hot.revision.number(in: "h")) + 1"))
            h = \(Lua.field(
                Hot.revision.from("revision"), Hot.generation.kept(from: "h"), Hot.lastUsedAt.kept(from: "h"),
                Hot.stamp.kept(from: "h")))
            redis.call('HSET', key, '\(Hot.name)', h, '\(End.name)', e)
        end

        """

    /// Creates a session where its key is free.
    ///
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
    /// ARGV: ``CommitArgument``. Answers with nil where there is no session, else with all fields as they were and whether the
    /// commit was applied.
    private static let committing = """
        local all = redis.call('HGETALL', KEYS[1])
        if #all == 0 then return false end
        local fields = {}
        for i = 1, #all, 2 do fields[all[i]] = all[i + 1] end
        local last = #all + 1
        all[last] = 0
        local now = tonumber(\(Argument.now))
        local h, l, s, f = fields.\(Hot.name), fields.\(Lifetime.name), fields.\(Secret.name), fields.\(Family.name)
        local p = fields.\(Previous.name)
        if not wellFormed(h, l, s, f) then return all end
        local lastUsed = \(Hot.lastUsedAt.number(in: "h"))
        local idleAsOf = math.min(tonumber(\(Argument.idleAsOf)) or now, now)
        if fields.\(End.name) or now >= \(Lifetime.absoluteDeadline.number(in: "l")) then return all end
        if idleAsOf >= (deadlineOf(l, lastUsed)) then return all end
        local generation, used = \(Hot.generation.bytes(in: "h")), \(Hot.lastUsedAt.bytes(in: "h"))
        if \(Argument.generation) ~= generation and (\(Argument.generation) ~= '' or \(Argument.end) == '') then return all end
        if lastUsed > (tonumber(\(Argument.unusedSince)) or lastUsed) then return all end
        local at = \(Argument.following)
        for i = 1, tonumber(\(Argument.expectations)) do
            local value = fields[ARGV[at]]
            if (value and \(Attribute.revision.bytes(in: "value")) or '\\0\\0\\0\\0\\0\\0\\0\\0') ~= ARGV[at + 1] then return all end
            at = at + 2
        end
        if \(Argument.end) ~= '' then
            bury(KEYS[1], h, \(Argument.end))
            local forgettable = \(End.at.number(in: "\(Argument.end)")) + \(Lifetime.retention.number(in: "l"))
            keepUntil(KEYS[1], forgettable, now)
            redis.call('ZADD', KEYS[2], 'LT', whole(forgettable), \(Argument.id))
            all[last] = 1
            return all
        end
        local revision = \(Lua.packed("\(Hot.revision.number(in: "h")) + 1"))
        local set, removed = {'\(Hot.name)', ''}, {}
        local function put(name, value)
            set[#set + 1] = name
            set[#set + 1] = value
        end
        local sets = tonumber(\(Argument.sets))
        for i = 1, sets do
            local name = ARGV[at]
            local value = \(Lua.field(Attribute.revision.from("revision"), Attribute.json.from("ARGV[at + 1]")))
            fields[name] = value
            put(name, value)
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
                if sub(name, 1, 1) == '\(Attribute.name)' then
                    local nameBytes, valueBytes = #name - 1, #value - \(Attribute.json.offset)
                    if valueBytes > maximumValue or nameBytes > maximumName then return all end
                    count = count + 1
                    bytes = bytes + nameBytes + valueBytes
                end
            end
            if count > maximumCount or bytes > maximumBytes then return all end
        end
        local change = \(Argument.privilegeChange)
        if sets == 0 and change == '' then redis.call('HDEL', KEYS[1], '') end
        local isMoved = false
        if \(Argument.lastUsedAt) ~= '' then
            local time = unpack8('>i8', \(Argument.lastUsedAt))
            if time > lastUsed then lastUsed, used, isMoved = time, \(Argument.lastUsedAt), true end
        end
        if \(Argument.lifetime) ~= '' then
            l, isMoved = \(Argument.lifetime), true
            put('\(Lifetime.name)', l)
        end
        local move = \(Argument.secretMove)
        if move ~= '' and \(Move.expected.bytes(in: "move")) == \(Secret.digest.bytes(in: "s")) then
            local kind = \(Move.kind.bytes(in: "move"))
            if kind == \(Move.Kind.renew) then
                p = \(Lua.field(
                    Previous.digest.from(Secret.digest.bytes(in: "s")),
                    Previous.nonce.from(Move.nonce.bytes(in: "move"))))
                s = \(Lua.field(
                    Secret.digest.from(Move.digest.bytes(in: "move")),
                    Secret.issuedAt.from(Move.issuedAt.bytes(in: "move"))))
            elseif kind == \(Move.Kind.seen) then
                if p and #p == \(Previous.successorSeenAt.offset) then
                    p = \(Lua.field(
                        Previous.digest.kept(from: "p"), Previous.nonce.kept(from: "p"),
                        Previous.successorSeenAt.from(Move.seenAt.bytes(in: "move"))))
                end
            else
                p = nil
            end
        end
        if change ~= '' then
            put('\(Superseded.name)', \(Lua.field(
                Superseded.familyDigest.from(Family.digest.bytes(in: "f")),
                Superseded.at.from(Change.at.bytes(in: "change")),
                Superseded.revision.from(Hot.revision.bytes(in: "h")))))
            put('\(Family.name)', \(Lua.field(
                Family.digest.from(Change.familyDigest.bytes(in: "change")),
                Family.createdAt.kept(from: "f"), Family.carrier.kept(from: "f"))))
            put('\(SignIn.name)', \(Argument.signIn))
            if \(Argument.authentications) ~= '' then
                put('\(Authentications.name)', \(Argument.authentications))
            elseif fields.\(Authentications.name) then
                removed[#removed + 1] = '\(Authentications.name)'
            end
            s, p = \(Lua.field(
                Secret.digest.from(Change.secretDigest.bytes(in: "change")),
                Secret.issuedAt.from(Change.at.bytes(in: "change")))), nil
            generation = \(Lua.packed("\(Hot.generation.number(in: "h")) + 1"))
        end
        if s ~= fields.\(Secret.name) then put('\(Secret.name)', s) end
        if p and p ~= fields.\(Previous.name) then
            put('\(Previous.name)', p)
        elseif fields.\(Previous.name) and not p then
            removed[#removed + 1] = '\(Previous.name)'
        end
        set[2] = \(Lua.field(
            Hot.revision.from("revision"), Hot.generation.from("generation"), Hot.lastUsedAt.from("used"),
            Hot.stamp.from(Argument.stamp.description)))
        redis.call('HSET', KEYS[1], unpack(set))
        delete(KEYS[1], removed)
        if isMoved then
            local deadline, retention = deadlineOf(l, lastUsed)
            keepUntil(KEYS[1], deadline + retention, now)
            if \(Argument.lifetime) ~= '' then redis.call('ZADD', KEYS[2], 'LT', whole(deadline), \(Argument.id)) end
        end
        all[last] = 1
        return all
        """

    /// Writes what this server made of a session that it knows, if the version is still the same.
    ///
    /// KEYS: session. ARGV: ``KnownCommitArgument``. Answers with 1, or with 0 where nothing was applied.
    private static let committingToKnown = """
        local key = KEYS[1]
        if redis.call('HMGET', key, '\(Hot.name)')[1] ~= \(Known.hot) then return 0 end
        if \(Known.isFrugal) == '1' then redis.call('HDEL', key, '') end
        local last = tonumber(\(Known.last))
        redis.call('HSET', key, unpack(ARGV, \(Known.following), last))
        for i = last + 1, #ARGV, 1000 do redis.call('HDEL', key, unpack(ARGV, i, math.min(i + 999, #ARGV))) end
        if \(Known.kept) ~= '' then redis.call('PEXPIRE', key, \(Known.kept)) end
        return 1
        """

    /// Does everything that the scripts do, with a key that is gone afterwards.
    ///
    /// KEYS: that of a session that there isn't. Answers with 1, or with the first error and the command that met it. The
    /// first write is one that Redis refuses when its memory is full.
    private static let proving = """
        local problem
        local function try(name, ...)
            local answer = redis.pcall(name, KEYS[1], ...)
            if type(answer) == 'table' and answer.err and not problem then
                problem = answer.err .. ' (' .. name .. ')'
            end
        end
        try('EXISTS')
        try('HSET', 'a', '1')
        try('PEXPIRE', 60000)
        try('HGETALL')
        try('HMGET', 'a')
        try('HKEYS')
        try('HDEL', 'a')
        try('ZADD', 'LT', 1, 'a')
        try('ZCARD')
        try('ZREM', 'a')
        try('SET', '1', 'PX', 60000)
        try('GET')
        try('DEL')
        if problem then return redis.error_reply(problem) end
        return 1
        """

    /// Makes an expired session a tombstone, or forgets a tombstone.
    ///
    /// KEYS: session, due. ARGV: now, ID. Answers with all fields of the tombstone that it made of an expired session,
    /// else with 1, or 0 where the session can't be read, which is put off by a day.
    private static let sweeping = """
        local now = tonumber(ARGV[1])
        if redis.call('EXISTS', KEYS[1]) == 0 then
            redis.call('ZREM', KEYS[2], ARGV[2])
            return 1
        end
        local found = redis.pcall('HMGET', KEYS[1],
            '\(Hot.name)', '\(Lifetime.name)', '\(Secret.name)', '\(Family.name)', '\(End.name)')
        local h, l, s, f, e = found[1], found[2], found[3], found[4], found[5]
        redis.call('ZREM', KEYS[2], '')
        if not wellFormed(h, l, s, f) or (e and #e < \(End.size)) then
            redis.call('ZADD', KEYS[2], whole(now + 86400000), ARGV[2])
            return 0
        end
        local deadline, retention = deadlineOf(l, \(Hot.lastUsedAt.number(in: "h")))
        local done = 1
        if e then
            deadline = \(End.at.number(in: "e"))
        elseif now < deadline then
            redis.call('ZADD', KEYS[2], whole(deadline), ARGV[2])
            return 1
        else
            local expired = \(Lua.field(
                End.at.from(Lua.packed("deadline")), End.reason.from("'\(SessionEnd.Reason.expired.rawValue)'")))
            bury(KEYS[1], h, expired)
            done = redis.call('HGETALL', KEYS[1])
        end
        if deadline + retention <= now then
            redis.call('DEL', KEYS[1])
            redis.call('ZREM', KEYS[2], ARGV[2])
        else
            if not e then keepUntil(KEYS[1], deadline + retention, now) end
            redis.call('ZADD', KEYS[2], whole(deadline + retention), ARGV[2])
        end
        return done
        """

    /// Sets a session aside, if its hash still is what the caller couldn't read.
    ///
    /// KEYS: session, due, what was set aside. ARGV: the ID in `due`, the ID as its name, SHA-1 of the hash's names and
    /// values, milliseconds to keep.
    private static let settingAside = """
        local all, texts = redis.call('HGETALL', KEYS[1]), {}
        if #all == 0 then return 0 end
        for i = 1, #all do texts[i] = #all[i] .. ':' .. all[i] end
        local text = table.concat(texts)
        if redis.sha1hex(text) ~= ARGV[3] then return 0 end
        redis.call('HSET', KEYS[3], ARGV[2], text)
        redis.call('PEXPIRE', KEYS[3], ARGV[4])
        redis.call('DEL', KEYS[1])
        redis.call('ZREM', KEYS[2], ARGV[1])
        return 1
        """

    /// Adds a session to its owner's index.
    ///
    /// KEYS: the owner's sessions, owners. ARGV: moment and ID, when to look through them, the owner.
    private static let enrolling = """
        redis.call('ZADD', KEYS[1], 0, ARGV[1])
        redis.call('ZADD', KEYS[2], 'LT', ARGV[2], ARGV[3])
        return 1
        """

    /// Removes wrong entries from an owner's index.
    ///
    /// KEYS: the owner's sessions, owners. ARGV: when to look through them again, the owner, wrong entries.
    private static let cleaning = """
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

    /// Raises a watermark and returns it.
    ///
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
