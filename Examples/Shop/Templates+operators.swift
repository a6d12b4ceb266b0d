extension Templates {
    static let operatorSignIn = """
        {{> head}}
        <div class="narrow">
        <h1>For operators</h1>
        <p class="intro">Sign in to watch the shop’s sessions, to see why one ended, and to end one.</p>
        {{#wrong}}
        <p id="wrong" class="error" role="alert">That name and password don't match. Please try again.</p>
        {{/wrong}}
        <form class="card fields" method="post" action="{{action}}"><input type="hidden" name="return" value="{{return}}">
        <div><label for="name">Name</label><input id="name" type="text" name="name" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus{{#wrong}} aria-describedby="wrong"{{/wrong}}></div>
        <div><label for="password">Password</label><input id="password" type="password" name="password" autocomplete="current-password" required{{#wrong}} aria-describedby="wrong"{{/wrong}}></div>
        <button>Sign in</button>
        </form>
        <p class="hint">To try it: <code>margaret</code> with <code>hamilton</code>. Operators are no customers: their sessions are in a realm of their own.</p>
        </div>
        {{> foot}}
        """
}
