#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A type whose values can't be changed through a copy, so that requests may share one that was decoded once.
///
/// Only leaves and collections that are known: any other type could hold an object.
protocol UnchangeableValue {}

extension Bool: UnchangeableValue {}
extension String: UnchangeableValue {}
extension Double: UnchangeableValue {}
extension Float: UnchangeableValue {}
extension Int: UnchangeableValue {}
extension Int8: UnchangeableValue {}
extension Int16: UnchangeableValue {}
extension Int32: UnchangeableValue {}
extension Int64: UnchangeableValue {}
extension UInt: UnchangeableValue {}
extension UInt8: UnchangeableValue {}
extension UInt16: UnchangeableValue {}
extension UInt32: UnchangeableValue {}
extension UInt64: UnchangeableValue {}
extension Date: UnchangeableValue {}
extension UUID: UnchangeableValue {}
extension FlashMessage: UnchangeableValue {}
extension Optional: UnchangeableValue where Wrapped: UnchangeableValue {}
extension Array: UnchangeableValue where Element: UnchangeableValue {}
extension Set: UnchangeableValue where Element: UnchangeableValue {}
extension Dictionary: UnchangeableValue where Key: UnchangeableValue, Value: UnchangeableValue {}
