-- Each request carries the cookie of the next of the visitors whose cookies COOKIES names, one a line.
local requests = {}
local turn = 0

function init(arguments)
    for cookie in io.lines(os.getenv("COOKIES")) do
        requests[#requests + 1] = wrk.format("GET", nil, { Cookie = cookie })
    end
end

function request()
    turn = turn % #requests + 1
    return requests[turn]
end
