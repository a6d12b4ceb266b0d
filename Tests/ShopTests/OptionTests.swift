import Foundation
import Processes
import ShopDriver
import Testing

extension ShopTests {
    @Suite("Options", .timeLimit(.minutes(10))) struct OptionTests {
        private func refusal(_ arguments: [String]) async throws -> String {
            await Turnstile.shared.enter()
            defer { Turnstile.shared.leave() }
            let shop = try ShopProcess(arguments: arguments)
            defer { shop.signal(SIGKILL) }
            let exit = try await shop.exit()
            guard case .status(let status) = exit else {
                Issue.record("\(arguments) crashed: \(exit) \(shop.errors)")
                return shop.errors
            }
            #expect(status != 0, "\(arguments)")
            #expect(shop.output == "", "\(arguments)")
            return shop.errors
        }

        @Test(
            "What can't be is refused, and the message says what to do",
            arguments: [
                (["--store", "mysql://x"], "--store"), (["--store", "sqlite:"], "--store"),
                (["--store", ""], "--store"),
                (["--port", "-1"], "port"), (["--port=-1"], "0 to 65535"), (["--port", "65536"], "0 to 65535"),
                (["--port", "http"], "--port"), (["--idle-timeout", "soon"], "--idle-timeout"),
                (["--idle-timeout", "5"], "--idle-timeout"), (["--idle-timeout=-5s"], "--idle-timeout"),
                (["--idle-timeout", "0s"], "at least 1ms"),
                (["--idle-timeout", "9223372036854775807d"], "--idle-timeout"),
                (["--idle-timeout", "401d"], "400 days"), (["--absolute-timeout", "off"], "can't be off"),
                (["--absolute-timeout", "401d"], "400 days"), (["--renewal-overlap", "off"], "can't be off"),
                (["--renewal-overlap", "0ms"], "at least 1ms"), (["--renewal-overlap", "2d"], "a day"),
                (["--touch-interval", "off"], "can't be off"), (["--connection-timeout", "off"], "can't be off"),
                (["--connection-timeout", "0s"], "at least 1ms"),
                (["--renewal-interval", "1.5s"], "--renewal-interval"),
                (["--insecure-cookies-from", "192.0.2.0/24"], "names 192.0.2.0/24, which is no private network"),
                (["--insecure-cookies-from", "10.0.0.0/8", "--insecure-cookies-from", "lan"], "\"lan\" is not"),
                (["--host", "no.such.host.invalid"], "host"),
                (["--nonsense"], "--nonsense"), (["--clock-offset", "1s"], "--lab"),
                (["--lab", "--clock-offset", "off"], "can't be off"), (["--lab", "extra"], "extra"),
            ])
        func refused(_ arguments: [String], _ hint: String) async throws {
            let message = try await refusal(arguments + (arguments[0].hasPrefix("--port") ? [] : ["--port", "0"]))
            #expect(message.contains(hint), "\(message)")
            #expect(!message.contains("SessionError("), "a sentence, not a dump: \(message)")
        }

        @Test func offWhereThatMakesSense() async throws {
            try await withShop(
                .memory, "--idle-timeout", "off", "--renewal-interval", "off", "--explain-window", "off",
                "--renewal-settle", "off", "--absolute-timeout", "7d"
            ) { shop in
                let visits = try await Customer(at: shop).visit()
                #expect(visits == 1)
            }
        }

        @Test("Cookies without Secure on an address that others reach: the log says whom they work for")
        func insecureCookiesForOthers() async throws {
            for (host, warns) in [("127.0.0.1", 0), ("0.0.0.0", 1)] {
                try await withShop(.memory, "--insecure-cookies", "--host", host) { shop in
                    let lines = shop.errors.split(separator: "\n").count {
                        $0.contains("only this machine can sign in")
                    }
                    #expect(lines == warns, "\(host): \(shop.errors)")
                }
            }
        }

        @Test func aPortInUse() async throws {
            try await withShop { shop in
                let port = try #require(shop.address.split(separator: ":").last)
                // Not through the turnstile: this test holds a place there already.
                let second = try ShopProcess(arguments: ["--port", String(port)])
                #expect(try await second.exit() != .status(0))
                #expect(second.errors.contains("--port"), "\(second.errors)")
                #expect(second.errors.contains(port), "\(second.errors)")
            }
        }

        @Test func filesThatAreNoSessionFiles() async throws {
            try await withDirectory { path in
                let directory = try await refusal(["--port", "0", "--store", "sqlite:\(path)"])
                #expect(directory.contains("director"), "\(directory)")
                let missing = try await refusal(["--port", "0", "--store", "sqlite:\(path)/no/such/shop.db"])
                #expect(missing.contains("\(path)/no/such"), "\(missing)")
                let text = path + "/text.db"
                try String(repeating: "this is no database\n", count: 500).write(
                    toFile: text, atomically: true, encoding: .utf8)
                let other = try await refusal(["--port", "0", "--store", "sqlite:\(text)"])
                #expect(other.contains("text.db"), "\(other)")
                #expect(try String(contentsOfFile: text, encoding: .utf8).hasPrefix("this is no database"))
            }
        }

        @Test func help() async throws {
            let shop = try ShopProcess(arguments: ["--help"])
            #expect(try await shop.exit() == .status(0))
            let words = shop.output.split { " \n".contains($0) }.joined(separator: " ")
            for option in [
                "--store", "--host", "--port", "--idle-timeout", "--absolute-timeout", "--renewal-interval",
                "--renewal-settle", "--renewal-overlap", "--touch-interval", "--explain-window", "--insecure-cookies",
                "--insecure-cookies-from", "--lab", "--clock-offset",
                ":end ends", ":refuse refuses", ":ask asks",
            ] { #expect(words.contains(option), "\(option)") }
        }
    }
}
