/// The pages, as Mustache templates that escape what they are given.
///
/// Every page has a form that ends the session.
enum Templates {
    static let all = [
        "head": head, "foot": foot, "products": products, "cart": cart, "sign-in": signIn, "account": account,
        "devices": devices, "limit": limit, "confirm": confirm, "password": password, "checkout": checkout,
        "operator-sign-in": operatorSignIn, "error": error,
    ]

    private static let head = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{{title}} · Leaf &amp; Clay</title>
        <link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Cpath d='M5 27C4 12 12 4 28 4c0 16-8 24-23 23z' fill='%2323593f'/%3E%3C/svg%3E">
        <style>{{{style}}}</style>
        </head>
        <body>
        <a class="skip" href="#content">Skip to the content</a>
        <header><div class="wide">
        <a class="brand" href="{{url.shop}}"><svg viewBox="0 0 32 32" aria-hidden="true" focusable="false"><path d="M5 27C4 12 12 4 28 4c0 16-8 24-23 23z" fill="#2f6b4f"/><path d="M3 30 19 13" stroke="#faf7f0" stroke-width="2" stroke-linecap="round"/></svg>Leaf &amp; Clay</a>
        <nav aria-label="Main"><ul><li><a href="{{url.shop}}">Shop</a></li><li><a href="{{url.cart}}">Cart{{#cartCount}} ({{cartCount}}){{/cartCount}}</a></li><li><a href="{{url.account}}">Account</a></li></ul></nav>
        {{#principal}}
        <div class="who"><span>Signed in as <strong>{{principal}}</strong></span>
        {{#hasForms}}
        <form method="post" action="{{url.signOut}}">{{{form}}}<button class="quiet">Sign out</button></form>
        {{/hasForms}}
        </div>
        {{/principal}}
        {{#offersSignIn}}
        <div class="who"><a class="button quiet" href="{{url.signIn}}">Sign in</a></div>
        {{/offersSignIn}}
        </div></header>
        <main id="content" class="wide" tabindex="-1">
        {{#notice}}
        <p class="notice" role="status">{{notice}}</p>
        {{/notice}}
        """

    private static let foot = """
        </main>
        <footer><div class="wide">
        <p>Leaf &amp; Clay is a demonstration shop: nothing is sold here. <a href="/admin">For operators</a></p>
        {{^principal}}
        {{#hasForms}}
        <form method="post" action="{{url.signOut}}">{{{form}}}<span>On a shared computer?</span> <button class="plain">Forget my visit</button></form>
        {{/hasForms}}
        {{/principal}}
        </div></footer>
        </body>
        </html>

        """

    private static let products = """
        {{> head}}
        <h1>Tea, and what goes with it</h1>
        <p class="intro">A small shelf of things we drink from, pour from and sweeten with ourselves.</p>
        <ul class="products">
        {{#products}}
        <li class="card">{{{picture}}}<div class="text"><h2>{{name}}</h2><p>{{note}}</p><p class="price">{{price}}</p>
        {{#hasForms}}
        <form class="buy" method="post" action="{{url.cart}}">{{{form}}}<input type="hidden" name="product" value="{{id}}">
        <label for="quantity-{{id}}">Quantity</label>
        <input id="quantity-{{id}}" type="number" name="quantity" value="1" min="1" max="99" inputmode="numeric" required>
        <button aria-label="Add {{name}} to the cart">Add to cart</button></form>
        {{/hasForms}}
        </div></li>
        {{/products}}
        </ul>
        {{> foot}}
        """

    private static let cart = """
        {{> head}}
        <h1>Your cart</h1>
        {{#flash}}
        <p class="notice" role="status">{{.}}</p>
        {{/flash}}
        {{#isEmpty}}
        <p class="intro">There is nothing in it yet.</p>
        <p class="row"><a class="button" href="{{url.shop}}">Have a look around</a></p>
        {{/isEmpty}}
        {{^isEmpty}}
        <div class="card cart"><table>
        <thead><tr><th scope="col">Product</th><th class="number unit" scope="col">Price</th><th class="number" scope="col">Quantity</th><th class="number" scope="col">Sum</th></tr></thead>
        <tbody>
        {{#lines}}
        <tr><td><span class="item">{{{picture}}}{{name}}</span></td><td class="number unit">{{price}}</td>
        <td class="number"><form class="change" method="post" action="{{url.changeCart}}">{{{form}}}<input type="hidden" name="product" value="{{id}}"><input type="number" name="quantity" value="{{quantity}}" min="0" max="999" inputmode="numeric" required aria-label="Quantity of {{name}}"><button class="quiet" aria-label="Change the quantity of {{name}}">Change</button></form>
        <form method="post" action="{{url.changeCart}}">{{{form}}}<input type="hidden" name="product" value="{{id}}"><input type="hidden" name="quantity" value="0"><button class="plain" aria-label="Remove {{name}} from the cart">Remove</button></form></td>
        <td class="number">{{sum}}</td></tr>
        {{/lines}}
        </tbody>
        <tfoot><tr><th scope="row">Total</th><td class="unit"></td><td></td><td class="number price">{{total}}</td></tr></tfoot>
        </table></div>
        <p class="row"><a class="button" href="{{url.checkout}}">Check out</a> <a class="button quiet" href="{{url.shop}}">Go on shopping</a></p>
        {{/isEmpty}}
        {{> foot}}
        """

    private static let signIn = """
        {{> head}}
        <div class="narrow">
        <h1>Sign in</h1>
        {{#isInURL}}
        <p class="notice">Your browser keeps no cookies, so your session is part of this page's address: don't pass the address on. You can shop and sign in for 15 minutes at a time. Whatever needs more safety needs cookies.</p>
        {{/isInURL}}
        {{#wrong}}
        <p id="wrong" class="error" role="alert">That name and password don't match. Please try again.</p>
        {{/wrong}}
        <form class="card fields" method="post" action="{{url.signIn}}">{{{form}}}{{#return}}<input type="hidden" name="return" value="{{return}}">{{/return}}
        <div><label for="name">Name</label><input id="name" type="text" name="name" value="{{name}}" autocomplete="username" autocapitalize="none" spellcheck="false" required{{#wrong}} aria-describedby="wrong"{{/wrong}}{{^wrong}} autofocus{{/wrong}}></div>
        <div><label for="password">Password</label><input id="password" type="password" name="password" autocomplete="current-password" required{{#wrong}} aria-describedby="wrong" autofocus{{/wrong}}></div>
        {{^isInURL}}
        <div class="check"><input id="remember" type="checkbox" name="remember" value="on"><label for="remember">Keep me signed in on this device</label></div>
        {{/isInURL}}
        <button>Sign in</button>
        </form>
        <p class="hint">To try it: <code>ada</code> with <code>lovelace</code>, or <code>grace</code> with <code>hopper</code>. What is in your cart stays there.</p>
        </div>
        {{> foot}}
        """

    private static let error = """
        {{> head}}
        <h1>{{heading}}</h1>
        <p class="intro">{{advice}}</p>
        {{#detail}}
        <p class="error">{{detail}}</p>
        {{/detail}}
        <p class="row"><a class="button" href="{{url.shop}}">To the shop</a> <a class="button quiet" href="{{url.cart}}">To your cart</a></p>
        {{> foot}}
        """
}
