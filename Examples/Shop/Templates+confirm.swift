extension Templates {
    static let confirm = """
        {{> head}}
        <div class="narrow">
        <h1>Your password, please</h1>
        <p class="intro">You are signed in as {{name}}. For what comes next, show us once more that it is you.</p>
        {{#wrong}}
        <p id="wrong" class="error" role="alert">That isn't your password. Please try again.</p>
        {{/wrong}}
        <form class="card fields" method="post" action="{{url.confirm}}">{{{form}}}{{#return}}<input type="hidden" name="return" value="{{return}}">{{/return}}<input type="hidden" name="name" value="{{name}}" autocomplete="username">
        <div><label for="password">Password</label><input id="password" type="password" name="password" autocomplete="current-password" required autofocus{{#wrong}} aria-describedby="wrong"{{/wrong}}></div>
        <button>Go on</button>
        </form>
        </div>
        {{> foot}}
        """

    static let password = """
        {{> head}}
        <div class="narrow">
        <h1>Change your password</h1>
        <p class="intro">Afterwards you are signed out on all other devices.</p>
        {{#isShort}}
        <p id="short" class="error" role="alert">A password takes {{shortest}} characters or more, up to a thousand.</p>
        {{/isShort}}
        <form class="card fields" method="post" action="{{url.password}}">{{{form}}}<input type="hidden" name="name" value="{{name}}" autocomplete="username">
        <div><label for="new-password">New password</label><input id="new-password" type="password" name="new-password" autocomplete="new-password" minlength="{{shortest}}" required autofocus{{#isShort}} aria-describedby="short"{{/isShort}}></div>
        <button>Change it</button>
        </form>
        <p class="hint">This is a demonstration: the old password is back when the shop starts again.</p>
        </div>
        {{> foot}}
        """

    static let checkout = """
        {{> head}}
        <div class="narrow">
        <h1>Check out</h1>
        <p class="intro">Nothing is sold here, so nothing will be sent or charged.</p>
        <div class="card fields">
        <ul class="plain">
        {{#lines}}
        <li>{{.}}</li>
        {{/lines}}
        </ul>
        <p>Together <span class="price">{{total}}</span></p>
        <form method="post" action="{{url.checkout}}">{{{form}}}<button>Pretend to order</button></form>
        </div>
        <p class="row"><a class="button quiet" href="{{url.cart}}">Back to the cart</a></p>
        </div>
        {{> foot}}
        """
}
