/// The one script, part of every page: it shows the news of an open page, and what becomes of the connection.
///
/// Pages work without it.
enum Script {
    static let html = HTML(stringLiteral: text)

    /// What a page is told that gets no news, because others have all of it.
    static let tooManyPages = "Too many pages are open"
    /// The field by which the script is told of that: it sees no page in place of its news.
    static let newsField = "Sessions-News"

    private static let text = """
        (() => {
          const page = document.querySelector("[data-live]"), line = document.getElementById("connection");
          if (!page || !window.EventSource) return;
          let isExpected = false, source = null;
          const say = text => { line.textContent = text; line.hidden = !text; };
          const show = html => {
            const focused = page.contains(document.activeElement) ? document.activeElement.id : "";
            page.innerHTML = html;
            const again = focused && document.getElementById(focused);
            if (again) again.focus();
          };
          const silent = "The server doesn’t answer. This page shows what it last heard, and goes on asking.";
          const full = "\(tooManyPages). This page gets no news until one of them is closed.";
          const again = () => setTimeout(open, 3000);
          const ask = () => fetch(page.dataset.live, {method: "HEAD"}).then(answer => {
            if (answer.status === 401 || answer.status === 403) return location.reload();
            if (!answer.ok) say(answer.headers.get("\(newsField)") === "full" ? full : silent);
            again();
          }, () => { say(silent); again(); });
          const open = () => {
            if (document.hidden || source) return;
            source = new EventSource(page.dataset.live);
            source.addEventListener("page", event => { say(""); show(event.data); });
            source.addEventListener("pause", () => { isExpected = true; });
            source.addEventListener("error", () => {
              if (source && source.readyState === EventSource.CLOSED) { source = null; ask(); }
              else if (!isExpected) say(silent);
              isExpected = false;
            });
          };
          // A browser has six connections to a server, and each open page would keep one.
          const close = () => { if (source) source.close(); source = null; };
          addEventListener("pagehide", close);
          addEventListener("pageshow", open);
          document.addEventListener("visibilitychange", () => document.hidden ? close() : open());
          open();
        })();
        """
}
