/// The pages, as Mustache templates that escape what they are given. Every page has the sign-out form.
enum Templates {
    static let contentSecurityPolicy =
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

    static let all = [
        "head": head, "foot": foot, "products": products, "cart": cart, "sign-in": signIn, "account": account,
    ]

    private static let head = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Leaf &amp; Clay</title>
        <style>
        :root { color-scheme: light; --ink: #23302a; --leaf: #2f6b4f; --paper: #faf8f3; --line: #d9d4c7 }
        * { box-sizing: border-box }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 17px/1.55 Georgia, "Times New Roman", serif }
        header, main, footer { max-width: 60rem; margin: auto; padding: 1rem 1.25rem }
        header { display: flex; flex-wrap: wrap; gap: .75rem 1.5rem; align-items: center; border-bottom: 1px solid var(--line) }
        header .brand { font-size: 1.5rem; font-weight: bold; margin-right: auto; text-decoration: none; color: var(--leaf) }
        a { color: var(--leaf) }
        h1 { font-size: 1.9rem; line-height: 1.2 }
        ul.products { list-style: none; padding: 0; display: grid; gap: 1.25rem; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)) }
        ul.products li, .card { background: #fff; border: 1px solid var(--line); border-radius: .5rem; padding: 1.1rem }
        ul.products h2 { margin: 0; font-size: 1.15rem }
        .price { font-weight: bold }
        label { display: block; margin: .75rem 0 .25rem }
        label.inline { display: inline }
        input[type=text], input[type=password], input[type=number] { font: inherit; padding: .45rem .6rem; border: 1px solid #8a8778; border-radius: .3rem; width: 100%; max-width: 20rem }
        input[type=number] { width: 4.5rem }
        button { font: inherit; padding: .5rem 1rem; border: 0; border-radius: .3rem; background: var(--leaf); color: #fff; cursor: pointer }
        header button { background: none; color: var(--leaf); border: 1px solid var(--leaf); padding: .25rem .75rem }
        :focus-visible { outline: 3px solid #d98324; outline-offset: 2px }
        table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .5rem .25rem; border-bottom: 1px solid var(--line) }
        .notice { background: #e8f1ea; border-left: 4px solid var(--leaf); padding: .6rem .9rem }
        .error { background: #fbeae5; border-left: 4px solid #a8381d; padding: .6rem .9rem }
        footer { color: #5d655f; font-size: .9rem }
        </style>
        </head>
        <body>
        <header>
        <a class="brand" href="/">Leaf &amp; Clay</a>
        <nav aria-label="Main"><a href="/">Shop</a> · <a href="/cart">Cart</a> · <a href="/account">Account</a></nav>
        <form method="post" action="/sign-out"><button>Sign out</button></form>
        </header>
        <main>
        """

    private static let foot = """
        </main>
        <footer>Leaf &amp; Clay: a demonstration shop. Nothing is sold here.</footer>
        </body>
        </html>
        """

    private static let products = """
        {{> head}}
        <h1>Tea, and what goes with it</h1>
        <ul class="products">
        {{#products}}
        <li><h2>{{name}}</h2><p>{{note}}</p><p class="price">{{price}}</p>
        <form method="post" action="/cart"><input type="hidden" name="product" value="{{id}}">
        <label for="q-{{id}}">Quantity</label><input id="q-{{id}}" type="number" name="quantity" value="1" min="1" max="99" required>
        <button>Add to cart</button></form></li>
        {{/products}}
        </ul>
        {{> foot}}
        """

    private static let cart = """
        {{> head}}
        <h1>Your cart</h1>
        {{#flash}}<p class="notice" role="status">{{.}}</p>{{/flash}}
        {{#isEmpty}}<p>It is empty. <a href="/">Have a look around.</a></p>{{/isEmpty}}
        {{^isEmpty}}
        <div class="card"><table><thead><tr><th scope="col">Product</th><th scope="col">Price</th><th scope="col">Quantity</th></tr></thead><tbody>
        {{#lines}}<tr><td>{{name}}</td><td>{{price}}</td><td>{{quantity}}</td></tr>{{/lines}}
        </tbody></table><p class="price">Total {{total}}</p></div>
        {{/isEmpty}}
        {{> foot}}
        """

    private static let signIn = """
        {{> head}}
        <h1>Sign in</h1>
        {{#reason}}<p class="notice" role="status">{{.}}</p>{{/reason}}
        {{#wrong}}<p class="error" role="alert">That name and password don't match.</p>{{/wrong}}
        <form class="card" method="post" action="/sign-in">
        <label for="name">Name</label><input id="name" type="text" name="name" autocomplete="username" required>
        <label for="password">Password</label><input id="password" type="password" name="password" autocomplete="current-password" required>
        <p><input id="remember" type="checkbox" name="remember" value="on"> <label class="inline" for="remember">Remember me on this device</label></p>
        <button>Sign in</button>
        </form>
        {{> foot}}
        """

    private static let account = """
        {{> head}}
        <h1>Hello, {{name}}</h1>
        <p>You have been here {{#once}}once{{/once}}{{^once}}{{visits}} times{{/once}}.</p>
        <div class="card"><table><tbody>
        <tr><th scope="row">Session</th><td><code>{{id}}</code></td></tr>
        <tr><th scope="row">Began</th><td>{{createdAt}}</td></tr>
        <tr><th scope="row">Signed in</th><td>{{authenticatedAt}}</td></tr>
        <tr><th scope="row">Ends without use</th><td>{{idleDeadline}}</td></tr>
        <tr><th scope="row">Ends in any case</th><td>{{absoluteDeadline}}</td></tr>
        </tbody></table></div>
        {{> foot}}
        """
}
