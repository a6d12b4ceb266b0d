import Crypto
import CryptoExtras
import Foundation
import NIOPosix

/// The shop's customers or its operators, with the scrypt hashes of their passwords as a database would keep them.
struct Users: Sendable {
    private struct Hash: Sendable {
        let salt: Data
        let key: Data

        init(salt: Data, key: Data) {
            self.salt = salt
            self.key = key
        }

        init(salt: String, key: String) {
            self.init(salt: Data(base64Encoded: salt) ?? Data(), key: Data(base64Encoded: key) ?? Data())
        }

        func matches(_ password: String) throws -> Bool {
            let other = try KDF.Scrypt.deriveKey(
                from: Data(password.utf8), salt: salt, outputByteCount: 32, rounds: 16_384, blockSize: 8,
                parallelism: 1)
            return other.withUnsafeBytes { other in
                other.count == key.count && zip(key, other).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
            }
        }
    }

    private let hashes: [String: Hash]
    /// For unknown names: they take the same work and so the same time.
    private let nobody: Hash

    static var customers: Users {
        Users([
            "ada": Hash(salt: "y7g5lxvJmwyrOPBRv9CtrQ==", key: "8wAlv5msajyekP+3mPrzdgO6iVKYKeLbVuIGcEUb7ew="),
            "grace": Hash(salt: "iTsKRFsBjNXfOsLD316Ycw==", key: "iHy64PLaECho/BaGhjI8KVwTnnKfqHh87p1ALORJudc="),
        ])
    }

    static var operators: Users {
        Users(["margaret": Hash(salt: "UNBAdtqzNSsDgd3rR7XibQ==", key: "4YDhws/fVpIPVdt47AZOoZKICidLlhY7jAoIwIZKGQ0=")])
    }

    private init(_ hashes: [String: Hash]) {
        self.hashes = hashes
        func random(_ count: Int) -> Data { Data((0..<count).map { _ in UInt8.random(in: 0...255) }) }
        nobody = Hash(salt: random(16), key: random(32))
    }

    func accepts(name: String, password: String) async throws -> Bool {
        guard password.utf8.count <= 1024 else { return false }
        let hash = hashes[name] ?? nobody
        // A hash takes tens of milliseconds by design: not on a thread that other requests wait for.
        let matches = try await NIOThreadPool.singleton.runIfActive { try hash.matches(password) }
        return matches && hashes[name] != nil
    }
}
