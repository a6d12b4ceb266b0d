import HTTPTypes
import Sessions

/// What one page says, without what is around every page.
struct AdminPage: Sendable {
    var status = HTTPResponse.Status.ok
    let title: String
    var tab: Layout.Tab?
    var search = ""
    let content: HTML
    /// Whether the browser shall ask again by itself.
    var isTemporary = false

    static func problem(
        _ status: HTTPResponse.Status, _ heading: String, _ advice: String, isTemporary: Bool = false
    ) -> AdminPage {
        AdminPage(
            status: status, title: heading, content: "<h1>\(heading)</h1>\n<p class=\"intro\">\(advice)</p>",
            isTemporary: isTemporary)
    }
}
