import Foundation
import Testing

@Suite("Dashboard", .timeLimit(.minutes(10)))
struct DashboardTests {
    private static let docs = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("docs")

    @Test(
        "Every metric in the dashboard is one that the page of metrics names, and every one is there but what is rare")
    func names() throws {
        let page = try String(contentsOf: Self.docs.appendingPathComponent("observability.md"), encoding: .utf8)
        let data = try Data(contentsOf: Self.docs.appendingPathComponent("grafana-dashboard.json"))
        let dashboard = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
        let panels = try #require(dashboard["panels"] as? [[String: Any]])
        let queries = panels.flatMap { $0["targets"] as? [[String: Any]] ?? [] }.compactMap { $0["expr"] as? String }
        #expect(queries.count >= panels.count)
        let used = Set(
            queries.flatMap { $0.matches(of: /(?:sessions|db)_[a-z_]+?(?=_total|_seconds_(?:count|bucket)|\)$)/) }.map {
                String($0.0)
            })
        let documented = Set(
            page.matches(of: /`((?:sessions|db\.client)\.[a-z_.]+)`/).map { String($0.1).replacing(".", with: "_") })
        #expect(used.isSubset(of: documented), "\(used.subtracting(documented))")
        #expect(
            documented.subtracting(used) == [
                "sessions_stepped_up", "sessions_attribute_unreadable", "sessions_record_unreadable",
                "sessions_new_session_refused", "sessions_forgery_refused", "sessions_forgery_reported",
                "sessions_handed_over", "sessions_operator_acted", "sessions_operator_refused",
                "sessions_sign_in_refused", "sessions_new_device",
                "sessions_realm",
            ])
    }
}
