import Synchronization

/// A value decoded once from JSON that doesn't change, and shared where the value can't change either.
final class DecodedValue: Sendable {
    private let value = Mutex<(any Sendable)?>(nil)

    func value<Value: Sendable>(
        as type: Value.Type, or decode: () throws(SessionError) -> Value
    ) throws(SessionError) -> Value {
        // A cast of nil to an optional `Value` would succeed and give nil, so what is kept is unwrapped first.
        if let known = value.withLock({ $0 }), let value = known as? Value { return value }
        let decoded = try decode()
        // An object would be changed for every request by the one that changes it.
        if type is any UnchangeableValue.Type { value.withLock { $0 = decoded } }
        return decoded
    }
}
