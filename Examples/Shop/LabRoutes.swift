import Foundation
import Hummingbird
import NIOCore
import Sessions
import SessionsHummingbird

/// Routes that let scripts drive a session into corners.
struct LabRoutes {
    /// Any JSON.
    indirect enum JSON: Codable, Sendable {
        case null, bool(Bool), int(Int), double(Double), string(String), array([JSON]), object([String: JSON])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let value = try? container.decode(Bool.self) {
                self = .bool(value)
            } else if let value = try? container.decode(Int.self) {
                self = .int(value)
            } else if let value = try? container.decode(Double.self) {
                self = .double(value)
            } else if let value = try? container.decode(String.self) {
                self = .string(value)
            } else if let value = try? container.decode([JSON].self) {
                self = .array(value)
            } else {
                self = .object(try container.decode([String: JSON].self))
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .null: try container.encodeNil()
            case .bool(let value): try container.encode(value)
            case .int(let value): try container.encode(value)
            case .double(let value): try container.encode(value)
            case .string(let value): try container.encode(value)
            case .array(let value): try container.encode(value)
            case .object(let value): try container.encode(value)
            }
        }
    }

    private static let text = "The same short answer for every load generator.\n"

    func add(to router: Router<ShopContext>) {
        let lab = router.group("lab")
        lab.get("bare") { _, _ in Self.text }
        // Bare plus work of a known size: what a session costs a request can be told as the spin that costs the same.
        lab.get("spin/:ns") { _, context -> String in
            let text = try context.parameters.require("ns")
            guard let nanoseconds = Int64(text), (0...1_000_000).contains(nanoseconds), String(nanoseconds) == text
            else {
                throw HTTPError(
                    .badRequest, message: "the spin is \"\(text.prefix(40))\"; it must be 0 to 1000000 nanoseconds")
            }
            let clock = ContinuousClock()
            let end = clock.now + .nanoseconds(nanoseconds)
            while clock.now < end {}
            return Self.text
        }
        lab.get("read") { _, context -> String in
            _ = try await context.session().value(SessionKey<Int>("n"), default: 0)
            return Self.text
        }
        lab.get("set") { _, context -> String in
            try await context.session().set(SessionKey<Int>("n"), to: 1)
            return Self.text
        }
        lab.get("update") { _, context -> String in
            try await context.session().update(SessionKey<Int>("n"), default: 0) { $0 += 1 }
            return Self.text
        }
        lab.get("attributes/:name") { request, context -> Response in
            let (session, key) = try await attribute(context)
            let value = try session.value(key)
            try await hold(request)
            guard let value else { throw HTTPError(.notFound) }
            return try context.responseEncoder.encode(value, from: request, context: context)
        }
        lab.put("attributes/:name") { request, context -> HTTPResponse.Status in
            let (session, key) = try await attribute(context)
            let value = try await request.decode(as: JSON.self, context: context)
            try session.set(key, to: value)
            try await hold(request)
            return .noContent
        }
        lab.delete("attributes/:name") { request, context -> HTTPResponse.Status in
            let (session, key) = try await attribute(context)
            try session.remove(key)
            try await hold(request)
            return .noContent
        }
        // Without a password to check, so a user of nothing but this session: what a sign-in costs by itself.
        lab.post("sign-in") { _, context -> String in
            try await context.session().signIn(try Principal("lab-\(UInt64.random(in: .min ... .max))"))
            return Self.text
        }
        lab.post("renew") { _, context -> String in
            try await context.session().renew() ? "renewed\n" : "put off\n"
        }
        lab.post("fail") { request, context -> String in
            let text = request.uri.queryParameters.get("status") ?? "500"
            guard let status = Int(text), (400...599).contains(status) else {
                throw HTTPError(.badRequest, message: "status is \"\(text.prefix(40))\"; it must be 400 to 599")
            }
            let session = try await context.session()
            if let name = request.uri.queryParameters.get("set") { try session.set(SessionKey<Bool>(name), to: true) }
            throw HTTPError(.init(code: status), message: "as asked")
        }
        lab.post("end-then-throw") { _, context -> String in
            try await context.session().end()
            throw HTTPError(.internalServerError, message: "as asked")
        }
        lab.get("stream") { request, context -> Response in
            let chunks = min(max(request.uri.queryParameters.get("chunks", as: Int.self) ?? 3, 0), 10_000)
            let session = try await context.session()
            try session.set(SessionKey<Int>("stream"), to: chunks)
            return Response(
                status: .ok, headers: [.contentType: "text/plain; charset=utf-8"],
                body: .init { writer in
                    for chunk in 0..<chunks { try await writer.write(ByteBuffer(string: "chunk \(chunk)\n")) }
                    do {
                        try session.set(SessionKey<Int>("late"), to: 1)
                        try await writer.write(ByteBuffer(string: "stored\n"))
                    } catch let error as SessionError {
                        try await writer.write(ByteBuffer(string: "\(error.code): \(error.message)\n"))
                    }
                    try await writer.finish(nil)
                })
        }
    }

    private func attribute(_ context: ShopContext) async throws -> (Session, SessionKey<JSON>) {
        let name = try context.parameters.require("name")
        return (try await context.session(), SessionKey(name.removingPercentEncoding ?? name))
    }

    private func hold(_ request: Request) async throws {
        guard let text = request.uri.queryParameters.get("hold") else { return }
        guard let duration = DurationOption(argument: text)?.value, duration <= .seconds(60) else {
            throw HTTPError(.badRequest, message: "hold takes a duration up to 60s, such as 300ms, not \"\(text)\"")
        }
        try await Task.sleep(for: duration)
    }
}
