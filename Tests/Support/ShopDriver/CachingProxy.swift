import Foundation
import Processes
import RedisServers

/// An nginx in front of a server, which keeps whatever it may: every status, every method, with or without cookies.
///
/// Two caches: one honours `Vary` and `Set-Cookie`, as HTTP demands; the other looks at `Cache-Control` alone, as many do
/// in the field.
package final class CachingProxy: Sendable {
    /// The address of the cache that honours `Vary` and `Set-Cookie`.
    package let address: String
    /// The address of the cache that ignores them.
    package let carelessAddress: String
    private let process: WatchedProcess
    private let directory: URL

    /// Starts it in front of a server at `address`, such as `http://127.0.0.1:41234`.
    package init(of address: String) async throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("nginx-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        let ports = [try RedisProcess.freePort(), try RedisProcess.freePort()]
        (self.address, carelessAddress) = ("http://127.0.0.1:\(ports[0])", "http://127.0.0.1:\(ports[1])")
        let path = directory.path
        let file = directory.appendingPathComponent("nginx.conf")
        try Self.configuration(in: path, of: address, ports: ports).write(to: file, atomically: true, encoding: .utf8)
        let log = directory.appendingPathComponent("output")
        try Data().write(to: log)
        let output = try FileHandle(forWritingTo: log)
        process = try WatchedProcess(
            ChildProcess(
                try Self.program, ["-c", file.path, "-p", path], in: directory, output: output, errors: output),
            removing: directory)
        let (process, addresses) = (process, [self.address, carelessAddress])
        try await until("nginx takes connections") {
            guard process.server.isRunning else {
                throw ShopProcess.Failure(
                    description: "nginx ended: \((try? String(contentsOf: log, encoding: .utf8)) ?? "")")
            }
            return addresses.allSatisfy { (try? RawConnection(to: $0)) != nil }
        }
    }

    deinit {
        process.kill()
        try? FileManager.default.removeItem(at: directory)
    }

    private static var program: String {
        get throws {
            // Debian keeps it where only root's PATH leads.
            let path = "/usr/sbin/nginx"
            return FileManager.default.isExecutableFile(atPath: path) ? path : try RedisProcess.find("nginx")
        }
    }

    private static func configuration(in path: String, of address: String, ports: [Int]) -> String {
        func server(_ port: Int, _ cache: String, _ more: String) -> String {
            """
                server {
                    listen 127.0.0.1:\(port);
                    location / {
                        proxy_pass \(address);
                        proxy_http_version 1.1;
                        proxy_connect_timeout 600s;
                        proxy_send_timeout 600s;
                        proxy_read_timeout 600s;
                        proxy_set_header Connection "";
                        proxy_set_header Host $http_host;
                        proxy_set_header If-None-Match $http_if_none_match;
                        proxy_cache \(cache);
                        proxy_cache_methods GET HEAD POST;
                        proxy_cache_convert_head off;
                        proxy_cache_key $request_method$request_uri;
                        proxy_cache_valid any 10m;
                        \(more)
                        add_header X-Cache-Status $upstream_cache_status always;
                    }
                }

            """
        }
        let temporaries = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map { "\($0)_temp_path \(path)/\($0);" }
        // One process, whatever the user: it ends when it is killed, and needs no user of its own.
        return """
            master_process off;
            daemon off;
            pid \(path)/nginx.pid;
            error_log \(path)/error.log;
            events {}
            http {
                access_log off;
                \(temporaries.joined(separator: "\n    "))
                proxy_cache_path \(path)/correct keys_zone=correct:1m;
                proxy_cache_path \(path)/careless keys_zone=careless:1m;
            \(server(ports[0], "correct", ""))\(server(ports[1], "careless", "proxy_ignore_headers Vary Set-Cookie;"))}

            """
    }
}
