/// Something on the shop's shelf.
struct Product: Sendable {
    let id, name, note, price, picture: String
    let cents: Int

    static let all: [Product] = [
        .init(
            id: "tea", name: "Darjeeling tea", note: "First flush, 100 g. Light, flowery, a little like muscat.",
            price: "€ 12.50", picture: Picture.tea, cents: 1250),
        .init(
            id: "cup", name: "Stoneware cup", note: "Glazed by hand, 250 ml. No two are quite the same.",
            price: "€ 18.00",
            picture: Picture.cup, cents: 1800),
        .init(
            id: "pot", name: "Cast-iron pot", note: "Keeps four cups warm for an hour.", price: "€ 64.00",
            picture: Picture.pot, cents: 6400),
        .init(
            id: "honey", name: "Lime-blossom honey", note: "From one meadow, 250 g. Gathered in July.", price: "€ 8.90",
            picture: Picture.honey, cents: 890),
    ]
}

/// Drawings that need no other file.
///
/// They only decorate, so screen readers skip them.
private enum Picture {
    private static func drawing(_ shapes: String) -> String {
        #"<svg class="picture" viewBox="0 0 160 120" aria-hidden="true" focusable="false">\#(shapes)</svg>"#
    }

    static let tea = drawing(
        """
        <ellipse cx="80" cy="108" rx="46" ry="5" fill="#e3dcc9"/>
        <rect x="50" y="34" width="60" height="74" rx="5" fill="#2f6b4f"/>
        <rect x="46" y="24" width="68" height="15" rx="4" fill="#24543e"/>
        <rect x="58" y="52" width="44" height="42" rx="3" fill="#f6efdc"/>
        <path d="M80 88V66" stroke="#2f6b4f" stroke-width="2.5" stroke-linecap="round"/>
        <path d="M80 76c-12 0-15-8-15-15 10 0 15 6 15 15zM80 71c0-8 4-13 14-13 0 8-5 13-14 13z" fill="#5f9a6c"/>
        """)

    static let cup = drawing(
        """
        <ellipse cx="78" cy="108" rx="50" ry="5" fill="#e3dcc9"/>
        <path d="M112 62c22-6 26 26-4 28" fill="none" stroke="#8a5a3c" stroke-width="7" stroke-linecap="round"/>
        <path d="M40 50h76c0 34-8 58-24 58H64c-16 0-24-24-24-58z" fill="#b9805a"/>
        <path d="M40 50h76c0 9-.6 17-1.600 24-9 7-16-3-25 3s-15-4-24 2-15-3-23.800 0C40.500 69 40 60 40 50z" fill="#e9d8bf"/>
        <ellipse cx="78" cy="50" rx="38" ry="8" fill="#f4e8d4"/>
        <ellipse cx="78" cy="51" rx="32" ry="5.500" fill="#a4602b"/>
        <path d="M68 36c-6-8 6-12 0-22M88 36c-6-8 6-12 0-22" fill="none" stroke="#c9c1ae" stroke-width="3" stroke-linecap="round"/>
        """)

    static let pot = drawing(
        """
        <ellipse cx="80" cy="108" rx="54" ry="5" fill="#e3dcc9"/>
        <path d="M46 48C46 8 114 8 114 48" fill="none" stroke="#4a5450" stroke-width="5"/>
        <path d="M38 78C22 74 24 58 12 54" fill="none" stroke="#2d3532" stroke-width="10" stroke-linecap="round"/>
        <path d="M34 76c0-22 20-32 46-32s46 10 46 32-18 32-46 32-46-10-46-32z" fill="#2d3532"/>
        <path d="M36 68c14 5 74 5 88 0M34 78c16 6 76 6 92 0M37 89c16 5 70 5 86 0" fill="none" stroke="#4a5450" stroke-width="2"/>
        <ellipse cx="80" cy="46" rx="28" ry="6" fill="#414b47"/>
        <circle cx="80" cy="38" r="5" fill="#b8793e"/>
        """)

    static let honey = drawing(
        """
        <ellipse cx="80" cy="108" rx="42" ry="5" fill="#e3dcc9"/>
        <path d="M50 42h60c6 8 7 14 7 22v32c0 8-5 12-12 12H55c-7 0-12-4-12-12V64c0-8 1-14 7-22z" fill="#e2a32e"/>
        <path d="M50 42h60c3 4 5 7.500 6 11H44c1-3.500 3-7 6-11z" fill="#f5dfa6"/>
        <rect x="47" y="24" width="66" height="18" rx="4" fill="#f4e8d4"/>
        <path d="M47 33h66" stroke="#d9c7a2" stroke-width="2"/>
        <rect x="54" y="62" width="52" height="34" rx="3" fill="#fffaf0"/>
        <path d="M80 68l9 5.200v10.400l-9 5.200-9-5.200V73.200z" fill="none" stroke="#b8791b" stroke-width="2.500"/>
        <circle cx="80" cy="78.400" r="3" fill="#b8791b"/>
        """)
}
