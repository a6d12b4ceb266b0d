/// The one style sheet, part of every page.
enum Style {
    static let text = """
        :root { color-scheme: light dark; --ink: #22302a; --soft: #56625b; --leaf: #23593f; --deep: #194430; --paper: #faf7f0;
          --card: #fffefb; --line: #e0d9c8; --clay: #a5552f; --on-leaf: #fff; --field: #fff; --edge: #85816f; --shelf: #f3ecdc; --hover: #e6eee7;
          --good: #163d2a; --good-paper: #e7f0e8; --good-line: #b5cfba; --bad: #79260f; --bad-paper: #fceee8; --bad-line: #e2b3a0;
          --serif: "Iowan Old Style", Palatino, "Book Antiqua", Georgia, serif;
          --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #ece7da; --soft: #b5af9f; --leaf: #8fcaa9; --deep: #b4dfc6; --paper: #161a17; --card: #1e2420; --line: #39413a;
            --clay: #e5a682; --on-leaf: #0f2318; --field: #141815; --edge: #8b8a7c; --shelf: #d9d1be; --hover: #28352d;
            --good: #cfe8d8; --good-paper: #1c3426; --good-line: #3d6650; --bad: #f5c4b1; --bad-paper: #3c2018; --bad-line: #7d4531 }
        }
        * { box-sizing: border-box }
        html { -webkit-text-size-adjust: 100% }
        body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; background: var(--paper); color: var(--ink);
          font: 1.0625rem/1.55 var(--sans) }
        .wide { width: 100%; max-width: 70rem; margin: 0 auto; padding: 0 1.25rem }
        main.wide { flex: 1; padding-top: 2rem; padding-bottom: 4rem }
        main:focus { outline: none }
        h1, h2, .brand { font-family: var(--serif); line-height: 1.2; text-wrap: balance }
        h1 { font-size: clamp(1.9rem, 1.5rem + 1.6vw, 2.6rem); font-weight: 600; margin: 0 0 .5rem }
        h2 { font-size: 1.25rem; font-weight: 600; margin: 0 }
        main > h2 { margin-top: 1.5rem }
        p { margin: 0 0 1rem }
        a { color: var(--leaf); text-underline-offset: .18em }
        a:hover { color: var(--clay) }
        :focus-visible { outline: 3px solid #b8620f; outline-offset: 3px; border-radius: 4px }
        .skip { position: absolute; left: 1rem; top: -4rem; background: var(--deep); color: var(--on-leaf); padding: .6rem 1rem; z-index: 1 }
        .skip:focus { top: .5rem; color: var(--on-leaf) }
        .intro { color: var(--soft); max-width: 36rem; font-size: 1.125rem }

        header { background: var(--card); border-bottom: 1px solid var(--line) }
        header .wide { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1.75rem; padding-top: .9rem; padding-bottom: .9rem }
        .brand { display: flex; align-items: center; gap: .55rem; font-size: 1.45rem; font-weight: 600; color: var(--deep);
          text-decoration: none; margin-right: auto }
        .brand svg { width: 1.7rem; height: 1.7rem }
        nav ul { display: flex; gap: 1.5rem; list-style: none; margin: 0; padding: 0 }
        nav a { color: var(--ink); text-decoration: none; padding: .4rem 0; display: inline-block }
        nav a:hover { text-decoration: underline }
        .who { display: flex; align-items: center; gap: .85rem; color: var(--soft); font-size: .95rem }
        .who strong { color: var(--ink) }
        form { margin: 0 }

        button, .button { font: inherit; font-weight: 600; min-height: 2.75rem; padding: .5rem 1.15rem; border: 1px solid var(--leaf);
          border-radius: .5rem; background: var(--leaf); color: var(--on-leaf); cursor: pointer; text-decoration: none; display: inline-block }
        button:hover, .button:hover { background: var(--deep); color: var(--on-leaf) }
        button.quiet, .button.quiet { background: transparent; color: var(--leaf) }
        button.quiet:hover, .button.quiet:hover { background: var(--hover); color: var(--deep) }
        button.plain { min-height: 0; padding: 0; border: 0; background: none; color: var(--leaf); font-weight: 400; text-decoration: underline;
          text-underline-offset: .18em }
        button.plain:hover { background: none; color: var(--clay) }
        .who .button, .who button { min-height: 2.4rem; padding: .3rem .9rem }
        label { font-weight: 600 }
        input:not([type=checkbox]) { font: inherit; color: inherit; min-height: 2.75rem; padding: .45rem .7rem; border: 1px solid var(--edge);
          border-radius: .5rem; background: var(--field); width: 100% }

        .card { background: var(--card); border: 1px solid var(--line); border-radius: .9rem; box-shadow: 0 1px 2px rgb(60 50 20 / .05) }
        .products { list-style: none; margin: 2rem 0 0; padding: 0; display: grid; gap: 1.5rem;
          grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)) }
        .products li { display: flex; flex-direction: column; overflow: hidden }
        .products .picture { display: block; width: 100%; height: 11rem; background: var(--shelf); padding: 1rem }
        .products .text { display: flex; flex-direction: column; flex: 1; padding: 1.1rem 1.25rem 1.25rem }
        .products .text p { color: var(--soft); font-size: .98rem; margin: .3rem 0 .9rem }
        .products .buy button { white-space: nowrap; padding: .5rem .4rem }
        .products .text .price { margin: auto 0 .75rem; font-size: 1.15rem; color: var(--ink) }
        .price { font-weight: 700; color: var(--ink); font-variant-numeric: tabular-nums }
        .buy { display: grid; grid-template-columns: 4rem 1fr; gap: .3rem .5rem; align-items: end }
        .buy label { grid-column: 1 / -1; font-size: .88rem; color: var(--soft) }

        .notice, .error { border-radius: .6rem; padding: .8rem 1.1rem; margin: 1rem 0; border: 1px solid }
        .notice { background: var(--good-paper); border-color: var(--good-line); color: var(--good) }
        .error { background: var(--bad-paper); border-color: var(--bad-line); color: var(--bad) }

        .cart { padding: .25rem 1.25rem; margin-top: 1.25rem }
        table { border-collapse: collapse; width: 100% }
        th, td { text-align: left; padding: .8rem .5rem; border-bottom: 1px solid var(--line); vertical-align: middle }
        thead th { font-size: .88rem; color: var(--soft) }
        .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
        .item { display: flex; align-items: center; gap: .9rem; font-weight: 600 }
        .item .picture { width: 3.6rem; height: 2.9rem; flex: none; background: var(--shelf); border-radius: .4rem; padding: .2rem }
        tfoot th, tfoot td { border: 0; font-size: 1.15rem; padding-top: 1.1rem; padding-bottom: 1.1rem }
        .change { display: flex; gap: .4rem; justify-content: flex-end; margin-bottom: .2rem }
        .change input:not([type=hidden]) { width: 4.6rem; min-height: 2.4rem; text-align: right }
        .change button { min-height: 2.4rem; padding: .3rem .7rem; font-size: .93rem }
        .row { display: flex; flex-wrap: wrap; gap: .8rem; margin-top: 1.5rem }

        .narrow { max-width: 27rem; margin-left: auto; margin-right: auto }
        .fields { padding: 1.6rem; margin-top: 1.25rem; display: grid; gap: 1.15rem }
        .fields label { display: block; margin-bottom: .35rem }
        .fields .check { display: flex; gap: .6rem; align-items: center }
        .fields .check label { margin: 0; font-weight: 400 }
        .check input { width: 1.2rem; height: 1.2rem; accent-color: var(--leaf); margin: 0 }
        fieldset { border: 0; margin: 0; padding: 0; display: grid; gap: .8rem }
        legend { font-weight: 600; padding: 0; margin-bottom: .8rem }
        .choice { display: flex; gap: .7rem; align-items: baseline }
        .fields .choice label { margin: 0 }
        .choice small { display: block; font-weight: 400; color: var(--soft); font-size: .93rem }
        .choice input:not([type=checkbox]) { width: 1.15rem; min-height: 0; height: 1.15rem; padding: 0; flex: none; accent-color: var(--leaf); position: relative; top: .2rem }
        ul.plain { list-style: none; margin: 0; padding: 0; display: grid; gap: .35rem }
        .fields p { margin: 0 }
        .hint { color: var(--soft); font-size: .93rem; margin-top: 1.25rem }
        code { font: .92em ui-monospace, "SFMono-Regular", Menlo, Consolas, monospace; overflow-wrap: anywhere }

        .facts { margin: 1.25rem 0 0; padding: .4rem 1.5rem }
        .facts div { display: grid; grid-template-columns: 12rem 1fr; gap: .1rem 1rem; padding: .85rem 0; border-bottom: 1px solid var(--line) }
        .facts div:last-child { border: 0 }
        dt { color: var(--soft) }
        dd { margin: 0 }
        dd small { color: var(--soft); font-size: .93rem; display: block }

        .devices { list-style: none; margin: 1.25rem 0 0; padding: 0; display: grid; gap: .9rem }
        .devices .card { display: flex; flex-wrap: wrap; gap: .6rem 1.5rem; align-items: center; justify-content: space-between; padding: 1rem 1.35rem }
        .devices .card div { flex: 1 1 16rem }
        .devices p { margin: .25rem 0 0; color: var(--soft); font-size: .98rem }
        .badge { font: 600 .8rem/1.4 var(--sans); color: var(--good); background: var(--good-paper); border: 1px solid var(--good-line); border-radius: 1rem;
          padding: .1rem .65rem; vertical-align: .15em; white-space: nowrap }
        .ended { gap: .5rem; margin-top: .75rem }
        .ended span { color: var(--soft); font-size: .98rem }
        form.row { margin-top: 1.25rem }

        footer { border-top: 1px solid var(--line); color: var(--soft); font-size: .93rem }
        footer .wide { display: flex; flex-wrap: wrap; gap: .5rem 2rem; justify-content: space-between; padding-top: 1.25rem; padding-bottom: 1.5rem }
        footer p { margin: 0 }
        footer form { display: flex; flex-wrap: wrap; gap: .4rem }

        @media (max-width: 40rem) {
          main.wide { padding-top: 1.5rem }
          header .wide { gap: .35rem 1rem }
          nav { order: 3; width: 100% }
          .who span { font-size: 0 }
          .who strong { font-size: .95rem }
          .products { gap: 1rem }
          .facts div { grid-template-columns: 1fr }
          .facts code { font-size: .82em }
          .cart { padding: .25rem .75rem }
          .cart .unit { display: none }
          th, td { padding: .7rem .3rem }
          .item .picture { display: none }
          .change { flex-direction: column; align-items: flex-end }
        }
        """
}
