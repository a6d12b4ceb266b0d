-- A visitor a thread, with one connection: sends the newest cookie that an answer has brought. The first request makes the
-- session, at `update` beside the route under load.
local method = os.getenv("METHOD")
local cookie

function request()
    if not cookie then return wrk.format("GET", wrk.path:match("^.*/") .. "update") end
    return wrk.format(method, nil, { Cookie = cookie })
end

function response(status, headers)
    for name, value in pairs(headers) do
        if name:lower() == "set-cookie" then cookie = value:match("^[^;]*") end
    end
end
