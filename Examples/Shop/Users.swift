import Crypto
import CryptoExtras
import Foundation
import NIOPosix
import Synchronization

/// The shop's customers or its operators, with the scrypt hashes of their passwords as a database would keep them.
final class Users: Sendable {
    /// What is kept of a password.
    struct Hash: Sendable {
        let salt: Data
        let key: Data

        fileprivate init(salt: Data, key: Data) {
            self.salt = salt
            self.key = key
        }

        fileprivate init(salt: String, key: String) {
            self.init(salt: Data(base64Encoded: salt) ?? Data(), key: Data(base64Encoded: key) ?? Data())
        }

        fileprivate init(of password: String) throws {
            salt = Users.random(16)
            key = try Self.key(of: password, salt).withUnsafeBytes { Data($0) }
        }

        private static func key(of password: String, _ salt: Data) throws -> SymmetricKey {
            try KDF.Scrypt.deriveKey(
                from: Data(password.utf8), salt: salt, outputByteCount: 32, rounds: 16_384, blockSize: 8,
                parallelism: 1)
        }

        fileprivate func matches(_ password: String) throws -> Bool {
            let other = try Self.key(of: password, salt)
            return other.withUnsafeBytes { other in
                other.count == key.count && zip(key, other).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
            }
        }
    }

    /// The least characters of a new password, after NIST SP 800-63B-4, section 3.1.1.2.
    static let shortestPassword = 8
    /// The most bytes of a password: more would take long.
    static let longestPassword = 4000

    static func isAcceptable(newPassword password: String) -> Bool {
        password.count >= shortestPassword && password.utf8.count <= longestPassword
    }

    private let hashes: Mutex<[String: Hash]>
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
        self.hashes = Mutex(hashes)
        nobody = Hash(salt: Self.random(16), key: Self.random(32))
    }

    private static func random(_ count: Int) -> Data { Data((0..<count).map { _ in UInt8.random(in: 0...255) }) }

    func hash(of password: String) async throws -> Hash {
        try await NIOThreadPool.singleton.runIfActive { try Hash(of: password) }
    }

    /// Gives a customer another password, until the shop closes.
    func setPassword(_ hash: Hash, of name: String) {
        hashes.withLock { hashes in
            if hashes[name] != nil { hashes[name] = hash }
        }
    }

    func accepts(name: String, password: String) async throws -> Bool {
        guard password.utf8.count <= Self.longestPassword else { return false }
        let known = hashes.withLock { $0[name] }
        let hash = known ?? nobody
        // A hash takes tens of milliseconds by design: not on a thread that other requests wait for.
        let matches = try await NIOThreadPool.singleton.runIfActive { try hash.matches(password) }
        return matches && known != nil
    }
}
