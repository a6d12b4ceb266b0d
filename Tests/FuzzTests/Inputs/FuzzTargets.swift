/// What an input of the fuzzer does wrong, or `nil`, by the names of the targets: those of the folders in `Fuzz/Corpus`.
///
/// An input that is too short for its target does nothing.
let fuzzTargets: [String: @Sendable ([UInt8]) -> String?] = {
    var targets: [String: @Sendable ([UInt8]) -> String?] = [
        "attributes": { AttributeInput($0)?.fault },
        "cookies": { CookieInput($0).fault },
        "forwarded": { ForwardedInput($0)?.fault },
        "links": { LinkInput($0)?.fault },
        "records": { RecordInput($0).fault },
        "replies": { ReplyInput($0)?.fault },
        "set-cookie": { SetCookieInput($0)?.fault },
        "token": { TokenInput($0).fault },
    ]
    #if Postgres
        targets["members"] = { MembersInput($0).fault }
    #endif
    return targets
}()
