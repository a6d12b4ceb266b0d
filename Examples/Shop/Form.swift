import Foundation
import Hummingbird
import NIOCore

/// The fields of a submitted form.
///
/// Whatever is wrong with it is the sender's error, never the server's.
struct Form {
    /// Bytes of a whole form: far more than any of the shop's takes.
    static let maximumBytes = 16 * 1024

    private var fields: [String: String] = [:]

    init(_ request: Request) async throws {
        if let type = request.headers[.contentType]?.prefix(while: { $0 != ";" }).lowercased(),
            type.trimmingCharacters(in: .whitespaces) != "application/x-www-form-urlencoded"
        {
            throw HTTPError(.unsupportedMediaType, message: "send the form as application/x-www-form-urlencoded")
        }
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: Self.maximumBytes)
        } catch is NIOTooManyBytesError {
            throw HTTPError(.contentTooLarge, message: "the form is over the limit of \(Self.maximumBytes) bytes")
        }
        for pair in String(buffer: body).split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
                $0.replacingOccurrences(of: "+", with: " ").removingPercentEncoding
            }
            guard let name = parts[0], let value = parts.count > 1 ? parts[1] : "" else {
                throw HTTPError(
                    .badRequest, message: "the form is not well-formed: a % needs two hexadecimal digits of UTF-8")
            }
            guard fields.updateValue(value, forKey: name) == nil else {
                throw HTTPError(.badRequest, message: "the form has \"\(name.prefix(40))\" twice")
            }
        }
    }

    subscript(name: String) -> String? { fields[name] }

    func required(_ name: String) throws -> String {
        guard let value = fields[name] else { throw HTTPError(.badRequest, message: "the form has no \"\(name)\"") }
        return value
    }
}
