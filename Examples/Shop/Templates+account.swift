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
        <p class="row"><a class="button quiet" href="{{url.devices}}">Your devices</a></p>
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
