-- Each request, of the method METHOD, carries the cookie of the next of the visitors whose cookies COOKIES names, one a
-- line; none where there is no line.
local requests = {}
local turn = 0

function init(arguments)
    local method = os.getenv("METHOD")
    for cookie in io.lines(os.getenv("COOKIES")) do
        requests[#requests + 1] = wrk.format(method, nil, { Cookie = cookie })
    end
    if #requests == 0 then requests[1] = wrk.format(method) end
end

function request()
    turn = turn % #requests + 1
    return requests[turn]
end
