import Foundation
import Processes

/// A throw-away certificate authority, and a certificate of it for `localhost` and for nothing else.
package final class TestAuthority: Sendable {
    private let directory: URL

    package var authorityFile: String { directory.appendingPathComponent("ca.pem").path }

    /// The certificate for `localhost`.
    package var certificateFile: String { directory.appendingPathComponent("server.pem").path }
    /// The certificate's private key.
    package var keyFile: String { directory.appendingPathComponent("server.key").path }

    /// What makes redis-server speak TLS with the certificate.
    var serverArguments: [String] {
        func path(_ name: String) -> String { directory.appendingPathComponent(name).path }
        return [
            "--tls-cert-file", path("server.pem"), "--tls-key-file", path("server.key"), "--tls-ca-cert-file",
            authorityFile, "--tls-auth-clients", "no",
        ]
    }

    /// What makes redis-cli trust it.
    var clientArguments: [String] { ["--tls", "--cacert", authorityFile] }

    package init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("authority-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        let openssl = try RedisProcess.find("openssl")
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        try run(
            openssl,
            ["req", "-x509"] + key + [
                "-days", "2", "-subj", "/CN=Test Authority", "-keyout", "ca.key", "-out", "ca.pem",
            ], in: directory)
        try run(
            openssl, ["req"] + key + ["-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr"],
            in: directory)
        try Data("subjectAltName=DNS:localhost\n".utf8).write(to: directory.appendingPathComponent("names"))
        try run(
            openssl,
            [
                "x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days",
                "2",
                "-extfile", "names", "-out", "server.pem",
            ], in: directory)
    }

    deinit { try? FileManager.default.removeItem(at: directory) }
}
