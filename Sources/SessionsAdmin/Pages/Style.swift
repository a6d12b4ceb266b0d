/// The one style sheet, part of every page.
enum Style {
    static let html = HTML(stringLiteral: text)

    private static let text = """
        :root { color-scheme: light dark; --ink: #1d2823; --soft: #55615b; --accent: #1f5c46; --deep: #143f30; --on-accent: #fff;
          --paper: #f4f6f4; --card: #fff; --line: #d6ddd8; --faint: #e9eeea; --alarm: #a3331a; --alarm-paper: #fcefea;
          --good-paper: #e6f1ea; --bar: #2f7d5c; --drop: #bf5b36; --wave: #5f7ea3;
          --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
          --mono: ui-monospace, "SFMono-Regular", Menlo, Consolas, "DejaVu Sans Mono", monospace }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #e4ebe6; --soft: #a3b0a9; --accent: #7fc9a6; --deep: #a5dfc3; --on-accent: #0d1f17; --paper: #131a17;
            --card: #1b2420; --line: #34403a; --faint: #26302b; --alarm: #f0a58f; --alarm-paper: #3a211a; --good-paper: #1c3529;
            --bar: #5fb78e; --drop: #e08a63; --wave: #8fb0d9 }
        }
        * { box-sizing: border-box }
        [hidden] { display: none !important }
        html { -webkit-text-size-adjust: 100% }
        body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; background: var(--paper); color: var(--ink);
          font: 1rem/1.5 var(--sans) }
        .wide { width: 100%; max-width: 76rem; margin: 0 auto; padding: 0 1.25rem }
        main.wide { flex: 1; padding-top: 1.75rem; padding-bottom: 3.5rem }
        main:focus { outline: none }
        h1 { font-size: clamp(1.5rem, 1.2rem + 1.2vw, 2rem); line-height: 1.2; font-weight: 650; margin: 0 0 .35rem; letter-spacing: -.01em;
          overflow-wrap: anywhere }
        h2 { font-size: 1.1rem; line-height: 1.3; font-weight: 650; margin: 2.25rem 0 .75rem }
        p { margin: 0 0 1rem }
        a { color: var(--accent); text-underline-offset: .18em }
        a:hover { color: var(--deep) }
        :focus-visible { outline: 3px solid #c46a12; outline-offset: 2px; border-radius: 4px }
        .skip { position: absolute; left: 1rem; top: -4rem; background: var(--accent); color: var(--on-accent); padding: .6rem 1rem; z-index: 1 }
        .skip:focus { top: .5rem; color: var(--on-accent) }
        .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
        .intro { color: var(--soft); max-width: 46rem }
        code { font: .92em var(--mono); overflow-wrap: anywhere }
        a code { white-space: nowrap }
        form { margin: 0 }

        header { background: var(--card); border-bottom: 1px solid var(--line) }
        header .wide { display: flex; flex-wrap: wrap; align-items: center; gap: .6rem 1.5rem; padding-top: .75rem; padding-bottom: .75rem }
        .brand { display: flex; align-items: center; gap: .6rem; font-size: 1.15rem; font-weight: 650; color: var(--ink); text-decoration: none }
        .brand svg { width: 1.9rem; height: 1.9rem }
        .brand rect { fill: var(--accent) }
        .brand path { fill: none; stroke: var(--on-accent); stroke-width: 3; stroke-linecap: round }
        .brand small { font: .8rem var(--mono); color: var(--soft); background: var(--faint); border-radius: .35rem; padding: .1rem .45rem }
        nav ul { display: flex; gap: .25rem; list-style: none; margin: 0; padding: 0 }
        nav a { color: var(--ink); text-decoration: none; padding: .45rem .8rem; display: inline-block; border-radius: .5rem }
        nav a:hover { background: var(--faint); color: var(--ink) }
        nav a[aria-current] { background: var(--faint); font-weight: 600 }
        .search { display: flex; gap: .5rem; flex: 1 1 16rem; max-width: 26rem; margin-left: auto }
        .search input { flex: 1; min-width: 0 }
        .who { display: flex; align-items: center; gap: .8rem; color: var(--soft); font-size: .93rem }
        .who strong { color: var(--ink) }

        input { font: inherit; color: inherit; background: var(--card); border: 1px solid #7d8983; border-radius: .5rem; min-height: 2.5rem;
          padding: .35rem .7rem }
        input::placeholder { color: var(--soft); opacity: 1 }
        button, .button { font: inherit; font-weight: 600; min-height: 2.5rem; padding: .35rem 1rem; border: 1px solid var(--accent);
          border-radius: .5rem; background: var(--accent); color: var(--on-accent); cursor: pointer; text-decoration: none; display: inline-flex;
          align-items: center }
        button:hover, .button:hover { background: var(--deep); border-color: var(--deep); color: var(--on-accent) }
        button.quiet, .button.quiet { background: transparent; color: var(--accent) }
        button.quiet:hover, .button.quiet:hover { background: var(--faint); color: var(--deep); border-color: var(--accent) }
        button.danger { background: transparent; border-color: var(--alarm); color: var(--alarm) }
        button.danger:hover { background: var(--alarm-paper); border-color: var(--alarm); color: var(--alarm) }
        button.danger.sure { background: #a3331a; border-color: #a3331a; color: #fff }
        button.danger.sure:hover { background: #7f2411; border-color: #7f2411; color: #fff }
        .row { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.5rem 0 0; align-items: center }

        .card { background: var(--card); border: 1px solid var(--line); border-radius: .75rem }
        .notice { border-radius: .6rem; padding: .7rem 1rem; margin: 0 0 1.25rem; border: 1px solid var(--line); background: var(--good-paper) }
        .notice.trouble { background: var(--alarm-paper); border-color: var(--alarm); color: var(--alarm) }
        .state { display: inline-flex; align-items: center; gap: .5rem; font-weight: 600 }
        .state::before { content: ""; width: .7rem; height: .7rem; border-radius: 50%; background: var(--bar) }
        .state.over::before { background: none; border: 2px solid var(--drop) }
        .over { color: var(--ink) }

        .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: 1rem; margin: 1.25rem 0 0 }
        .figures div { padding: .9rem 1.1rem 1rem }
        .figures dt { color: var(--soft); font-size: .93rem }
        .figures dd { margin: .1rem 0 0; font-size: 1.9rem; line-height: 1.2; font-weight: 650; font-variant-numeric: tabular-nums }
        .figures small { display: block; font-size: .88rem; line-height: 1.4; font-weight: 400; color: var(--soft); margin-top: .15rem }
        .charts { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; margin-top: 1rem }
        figure { margin: 0; padding: .9rem 1.1rem }
        figure svg { display: block; width: 100%; height: 7rem; margin-top: .7rem; border-bottom: 1px solid var(--line) }
        figcaption { color: var(--soft); font-size: .93rem; display: flex; flex-wrap: wrap; gap: .2rem 1.25rem }
        .axis { display: flex; justify-content: space-between; color: var(--soft); font-size: .85rem; margin-top: .3rem }
        .key::before { content: ""; display: inline-block; width: .75rem; height: .75rem; border-radius: .2rem; margin-right: .45rem }
        .key.created::before { background: var(--bar) }
        .key.ended::before { background: var(--drop) }
        .key.active::before { background: var(--wave) }
        .chart .created { fill: var(--bar) }
        .chart .ended { fill: var(--drop) }
        .chart .active { fill: none; stroke: var(--wave); stroke-width: 2; stroke-linejoin: round; vector-effect: non-scaling-stroke }
        .chart .area { fill: var(--wave); opacity: .16 }
        .chart line { stroke: var(--line); vector-effect: non-scaling-stroke }

        .table { overflow-x: auto; margin-top: 1.25rem }
        table { border-collapse: collapse; width: 100% }
        th, td { text-align: left; padding: .6rem .9rem; border-bottom: 1px solid var(--line); vertical-align: baseline }
        tbody tr:last-child > * { border-bottom: 0 }
        tbody tr:hover { background: var(--faint) }
        thead th { font-size: .88rem; font-weight: 600; color: var(--soft); white-space: nowrap }
        tbody th { font-weight: 400 }
        td.number, th.number { text-align: right; font-variant-numeric: tabular-nums }
        td time, .plain { white-space: nowrap }
        .none { color: var(--soft) }

        .facts { margin: 1.25rem 0 0; padding: .3rem 1.25rem }
        .facts div { display: grid; grid-template-columns: 11rem 1fr; gap: .1rem 1rem; padding: .6rem 0; border-bottom: 1px solid var(--line) }
        .facts div:last-child { border: 0 }
        dt { color: var(--soft) }
        dd { margin: 0; overflow-wrap: anywhere }
        dd small, td small { color: var(--soft); font-size: .9em }
        dd small { display: block }
        @media (min-width: 66rem) {
          .columns { display: grid; grid-template-columns: 1fr 1fr; gap: 0 1.5rem; align-items: start; margin-top: 1.5rem }
          .columns > div > h2:first-child { margin-top: 0 }
        }
        .columns .facts { margin-top: 0 }
        .story { list-style: none; margin: 0; padding: .4rem 1.25rem }
        .story li { display: grid; grid-template-columns: 13rem 1fr; gap: .1rem 1rem; padding: .6rem 0; border-bottom: 1px solid var(--line) }
        .story li:last-child { border: 0 }
        .story time { color: var(--soft); font-variant-numeric: tabular-nums }
        .story small { color: var(--soft); font-size: .9em; display: block }
        pre { margin: .35rem 0 0; font: .88rem/1.45 var(--mono); white-space: pre-wrap; overflow-wrap: anywhere }

        footer { border-top: 1px solid var(--line); color: var(--soft); font-size: .9rem }
        footer p { margin: 0; padding: 1rem 0 1.25rem }

        @media (max-width: 46rem) {
          main.wide { padding-top: 1.25rem }
          header .wide { gap: .5rem .75rem }
          .brand { margin-right: auto }
          .who span { display: none }
          nav { order: 3 }
          .search { order: 4; flex-basis: 100%; max-width: none }
          .figures { grid-template-columns: 1fr 1fr; gap: .7rem }
          .figures dd { font-size: 1.6rem }
          .facts div, .story li { grid-template-columns: 1fr }
          .facts, .story { padding-left: 1rem; padding-right: 1rem }
          th, td { padding: .55rem .6rem }
          .wide-only { display: none }
          .columns { margin-top: 1.25rem }
          .charts { grid-template-columns: 1fr }
          figure { padding: .75rem }
        }
        """
}
