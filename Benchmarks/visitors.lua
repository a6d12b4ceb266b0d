-- Each request carries the cookie of the next of the visitors whose cookies COOKIES names, one a line.
local cookies = {}
for line in io.lines(os.getenv("COOKIES")) do cookies[#cookies + 1] = line end
local turn = 0

function request()
    turn = turn % #cookies + 1
    return wrk.format("GET", nil, { Cookie = cookies[turn] })
end
