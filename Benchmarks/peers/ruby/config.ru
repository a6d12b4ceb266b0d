# Routes without a session, with one that is read, and with one that is updated, by Rack's sessions under Puma.
require "rack"

case ENV.fetch("STORE")
when "redis"
  require "rack/session/redis"
  use Rack::Session::Redis, redis_server: "redis://#{ENV.fetch("PLACE")}/0/session"
when "memory"
  use Rack::Session::Pool
end

run lambda { |env|
  session = env["rack.session"]
  text =
    case env["PATH_INFO"]
    when "/read" then session["n"].to_i >= 1 ? "read" : raise("the session is lost")
    when "/update" then (session["n"] = session["n"].to_i + 1).to_s
    else "bare"
    end
  [200, { "Content-Type" => "text/plain" }, [text]]
}
