import Sessions

/// The last hour of a server, minute by minute, as pictures that scripts and style sheets aren't needed for.
struct Chart {
    let minutes: [SessionActivity.Minute]

    /// A minute is this wide, and a picture this high, in units that the browser stretches.
    private static let width = 10
    private static let height = 100

    var html: HTML {
        let total = (created: minutes.map(\.created).reduce(0, +), ended: minutes.map(\.ended).reduce(0, +))
        let mostUsed = minutes.map(\.active).max() ?? 0
        return """
            <div class="charts">
            <figure class="card"><figcaption><span class="key active">In use: \(Wording.number(mostUsed)) in a minute \
            at most</span></figcaption>
            \(picture("Sessions in use in each minute of the last hour, \(mostUsed) at most", curve(mostUsed)))
            </figure>
            <figure class="card"><figcaption><span class="key created">Created: \(Wording.number(total.created))</span>\
            <span class="key ended">Ended: \(Wording.number(total.ended))</span></figcaption>
            \(picture("In the last hour \(total.created) sessions were created and \(total.ended) ended", bars))
            </figure>
            </div>
            """
    }

    private func picture(_ label: String, _ content: HTML) -> HTML {
        """
        <svg class="chart" viewBox="0 0 \(minutes.count * Self.width) \(Self.height)" preserveAspectRatio="none" \
        role="img" aria-label="\(label)">\(content)</svg>
        <div class="axis" aria-hidden="true"><span>1 h ago</span><span>30 min ago</span><span>now</span></div>
        """
    }

    /// How many sessions were in use.
    private func curve(_ most: Int) -> HTML {
        let points = minutes.enumerated().map { index, minute in
            let height = Self.part(minute.active, of: most, in: Self.height - 4)
            return "\(index * Self.width + Self.width / 2),\(Self.height - 1 - height)"
        }
        let line = points.joined(separator: " ")
        let end = minutes.count * Self.width - Self.width / 2
        return """
            <polygon class="area" points="\(Self.width / 2),\(Self.height) \(line) \(end),\(Self.height)"/>\
            <polyline class="active" points="\(line)"/>
            """
    }

    /// Created above the line, ended below it, on one scale.
    private var bars: HTML {
        let most = minutes.map { max($0.created, $0.ended) }.max() ?? 0
        let middle = Self.height / 2
        let bars = minutes.enumerated().map { index, minute -> HTML in
            let (up, down) = (
                Self.part(minute.created, of: most, in: middle - 2), Self.part(minute.ended, of: most, in: middle - 2)
            )
            let left = index * Self.width + 1
            let created: HTML =
                up == 0
                ? ""
                : "<rect class=\"created\" x=\"\(left)\" y=\"\(middle - up)\" width=\"\(Self.width - 2)\" height=\"\(up)\"/>"
            let ended: HTML =
                down == 0
                ? ""
                : "<rect class=\"ended\" x=\"\(left)\" y=\"\(middle)\" width=\"\(Self.width - 2)\" height=\"\(down)\"/>"
            return "\(created)\(ended)"
        }
        return "<line x1=\"0\" y1=\"\(middle)\" x2=\"\(minutes.count * Self.width)\" y2=\"\(middle)\"/>\(bars)"
    }

    /// How high a number is drawn: what isn't nothing can be seen.
    private static func part(_ number: Int, of most: Int, in height: Int) -> Int {
        number == 0 || most == 0 ? 0 : max(Int(Double(number) / Double(most) * Double(height)), 2)
    }
}
