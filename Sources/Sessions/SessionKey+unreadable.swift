#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension SessionKey {
    /// What happens where a stored value can't be read as this type: one of another release.
    public struct UnreadableRule: Sendable {
        enum Kind: Sendable {
            case fail
            case startAfresh
            case convert(@Sendable (String) throws -> Value)
        }

        let kind: Kind

        /// Reading and updating throw ``SessionError/Code/corrupt``; setting and removing work.
        public static var fail: Self { .init(kind: .fail) }

        /// It counts as absent: reading finds nothing, an update begins from its default, and a write replaces it.
        ///
        /// Until then it stays in the store, for the release that can read it.
        public static var startAfresh: Self { .init(kind: .startAfresh) }

        /// It is read as an older type and converted; what is stored stays as it is until the next write.
        ///
        /// What is no `Old` either, or makes `body` throw, fails as with ``fail``.
        public static func convert<Old: Decodable & SendableMetatype>(
            from type: Old.Type, _ body: @escaping @Sendable (Old) throws -> Value
        ) -> Self {
            .init(kind: .convert { json in try body(JSONDecoder().decode(Old.self, from: Data(json.utf8))) })
        }
    }
}
