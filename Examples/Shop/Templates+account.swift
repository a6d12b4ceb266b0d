extension Templates {
    static let account = """
        {{> head}}
        <h1>Hello, {{name}}</h1>
        {{#hasVisits}}
        <p class="intro">You have been here {{#once}}once{{/once}}{{^once}}{{visits}} times{{/once}}.</p>
        {{/hasVisits}}
        {{#isInURL}}
        <p class="notice">Your browser keeps no cookies, so this session is part of the page's address. It ends after 15 minutes without use, works in this browser alone, and may do less: allow cookies and sign in again to change what matters. Don't pass the address on, and sign out when you are done.</p>
        {{/isInURL}}
        {{^isInURL}}
        <p class="row"><a class="button quiet" href="{{url.devices}}">Your devices</a> <a class="button quiet" href="{{url.password}}">Change your password</a></p>
        {{/isInURL}}
        <h2>This session</h2>
        <dl class="card facts">
        {{#facts}}
        <div><dt>{{label}}</dt><dd>{{time}}{{#distance}}<small>{{distance}}</small>{{/distance}}</dd></div>
        {{/facts}}
        <div><dt>Its number</dt><dd><code>{{id}}</code><small>Name it to us if you ever need help. It isn't a secret.</small></dd></div>
        </dl>
        {{> foot}}
        """

    static let limit = """
        {{> head}}
        <div class="narrow">
        <h1>Too many devices</h1>
        <p class="error" role="alert">Your password is right, but you can be signed in on {{limit}} at a time. Sign one out to sign in here.</p>
        {{^isAsking}}
        <p>Sign out on another device, then come back here. What is in your cart stays there.</p>
        <p class="row"><a class="button" href="{{url.signIn}}">Try again</a></p>
        {{/isAsking}}
        {{#isAsking}}
        <form class="card fields" method="post" action="{{url.signIn}}">{{{form}}}<input type="hidden" name="name" value="{{name}}">{{#return}}<input type="hidden" name="return" value="{{return}}">{{/return}}{{#isKept}}<input type="hidden" name="remember" value="on">{{/isKept}}
        <fieldset><legend>Which one shall we sign out?</legend>
        {{#choices}}
        <div class="choice"><input id="end-{{id}}" type="radio" name="end" value="{{id}}"{{#isChosen}} checked{{/isChosen}}><label for="end-{{id}}">{{name}}<small>Last used {{used}}. Signed in on {{began}}.</small></label></div>
        {{/choices}}
        </fieldset>
        <div><label for="password">Password of {{name}}, once more</label><input id="password" type="password" name="password" autocomplete="current-password" required autofocus></div>
        <button>Sign it out, and sign in here</button>
        </form>
        {{/isAsking}}
        </div>
        {{> foot}}
        """

    static let devices = """
        {{> head}}
        <h1>Your devices</h1>
        <p class="intro">You are signed in here. Sign out what you don't recognise.</p>
        {{#flash}}
        <p class="notice" role="status">{{.}}</p>
        {{/flash}}
        <ul class="devices">
        {{#devices}}
        <li class="card"><div><h2>{{name}}{{#isHere}} <span class="badge">This device</span>{{/isHere}}</h2>
        <p>Last used {{used}}{{#address}} from {{address}}{{/address}}. Signed in on {{began}}{{#isKept}}, and kept when the browser closes{{/isKept}}.</p></div>
        <form method="post" action="{{action}}">{{{form}}}<button class="quiet" aria-label="Sign out {{name}}, last used {{used}}, signed in on {{began}}">Sign out</button></form></li>
        {{/devices}}
        </ul>
        {{#hasOthers}}
        <form class="row" method="post" action="{{endOthers}}">{{{form}}}<button>Sign out everywhere else</button></form>
        {{/hasOthers}}
        <p class="hint">If you don't recognise one, <a href="{{url.password}}">change your password</a> as well.</p>
        {{#hasEnded}}
        <h2>Signed out lately</h2>
        <ul class="devices ended">
        {{#ended}}
        <li><strong>{{name}}</strong> <span>{{label}}, {{at}}. Signed in on {{began}}.</span></li>
        {{/ended}}
        </ul>
        {{/hasEnded}}
        {{> foot}}
        """
}
