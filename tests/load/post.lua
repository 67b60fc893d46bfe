-- wrk: posts the requests of the file named by REQUESTS, one after the other.
local requests = dofile(os.getenv("REQUESTS"))
local made = {}
local at = 0

function init()
    for i, one in ipairs(requests) do
        made[i] = wrk.format("POST", nil, {
            ["content-type"] = "application/json",
            ["authorization"] = "Bearer " .. one.token,
        }, one.body)
    end
end

function request()
    at = at % #made + 1
    return made[at]
end
