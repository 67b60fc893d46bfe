// Measures the server beside pgbench on one database: README.md says what and how.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const env = (name, otherwise) => process.env[`ZAPYS_LOAD_${name}`] ?? otherwise;
const postgres = env("POSTGRES", "postgres://postgres@127.0.0.1:5432/postgres?sslmode=disable");
const binary = env("BINARY", join(root, "target/release/zapys"));
const [seconds, rounds, connections] = [env("SECONDS", "8"), env("ROUNDS", "3"), env("CONNECTIONS", "32")].map(Number);
const named = (name) => postgres.replace(/\/[^/?]*(\?|$)/, `/${name}$1`);
const database = named("zapys_load");
const folder = join(root, "target/load");
const endpoint = "http://127.0.0.1:18080/graphql";

const settings = (url) => ({
    ...process.env,
    ZAPYS__DATABASE__URL: url,
    ZAPYS__DATA__DIRECTORY: folder,
    ZAPYS__HTTP__BIND: "127.0.0.1:18080",
    ZAPYS__METRICS__BIND: "",
    ZAPYS__LOG__FILTER: "warn",
    // What is measured is the work, not when callers are told to wait.
    ...Object.fromEntries(
        ["ANONYMOUS", "PUBLISHABLE", "SESSION", "SECRET", "KEYLESS_ORIGIN"].map((who) => [
            `ZAPYS__LIMITS__${who}_PER_MINUTE`, "100000000",
        ]),
    ),
});

function sql(url, text) {
    return execFileSync("psql", ["-XAtq", "-v", "ON_ERROR_STOP=1", url, "-c", text], { encoding: "utf8" }).trim();
}

/** A database of so many companies of so many bookings; what it says of them is kept beside. */
function fill(name, companies, bookings) {
    mkdirSync(folder, { recursive: true });
    sql(postgres, `DROP DATABASE IF EXISTS ${name}`);
    sql(postgres, `CREATE DATABASE ${name}`);
    const report = execFileSync(binary, ["demo", "--json", "--companies", companies, "--bookings", bookings], {
        env: settings(named(name)), maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "inherit"],
    });
    writeFileSync(join(folder, `${name}.json`), report);
    sql(named(name), "VACUUM ANALYZE");
}

/** Companies as `fill` left them. */
function companies(name = "zapys_load") {
    return JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")).companies;
}

/** The one in the middle, which is like its neighbours. */
function middleOne(name) {
    const all = companies(name);
    return all[Math.floor(all.length / 2)];
}

async function serve(url = database) {
    const server = spawn(binary, ["serve", "--no-worker"], { env: settings(url), stdio: ["ignore", "ignore", "inherit"] });
    for (let tries = 0; tries < 200; tries += 1) {
        const ready = await fetch("http://127.0.0.1:18080/health/ready").catch(() => null);
        if (ready?.ok) return server;
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
    server.kill();
    throw new Error("the server did not get ready");
}

async function ask(query, variables, token) {
    const answer = await fetch(endpoint, {
        method: "POST",
        headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
        body: JSON.stringify({ query, variables }),
    });
    const body = await answer.json();
    if (body.errors) throw new Error(JSON.stringify(body.errors));
    return body.data;
}

async function logIn(company) {
    const mutation = "mutation($input: UserLoginInput!) { userLogin(input: $input) { tokens { accessToken } userErrors { code } } }";
    const { email, password } = company.administrator;
    const { userLogin } = await ask(mutation, { input: { email, password } });
    const token = userLogin.tokens.accessToken;
    const select = "mutation($input: CompanySelectInput!) { companySelect(input: $input) { tokens { accessToken } userErrors { code } } }";
    const selected = await ask(select, { input: { companyId: company.id } }, token);
    return selected.companySelect.tokens.accessToken;
}

/** Ticks of processor time that a process has used, and its resident kilobytes. */
function usage(pid) {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /, "").split(" ");
    const resident = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);
    return { ticks: Number(fields[11]) + Number(fields[12]), resident };
}

async function run(program, args, more = {}) {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], ...more });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += chunk));
    const [code] = await once(child, "close");
    if (code !== 0) throw new Error(`${program}: ${text}`);
    return text;
}

/** Requests a second, slowest percent, processor microseconds a request. */
async function wrk(server, requests) {
    const bodies = requests.map(({ body, token }) => `{ body = ${lua(JSON.stringify(body))}, token = ${lua(token)} }`);
    writeFileSync(join(folder, "requests.lua"), `return { ${bodies.join(",\n")} }\n`);
    const before = usage(server.pid);
    const text = await run("wrk", ["-t1", `-c${connections}`, `-d${seconds}s`, "--latency", "-s", join(here, "post.lua"), endpoint], {
        env: { ...process.env, REQUESTS: join(folder, "requests.lua") },
    });
    const after = usage(server.pid);
    const count = Number(/(\d+) requests in/.exec(text)[1]);
    const failed = Number(/Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? 0);
    const [, p99, unit] = /99%\s+([\d.]+)(us|ms|s)/.exec(text);
    return {
        count,
        rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)[1]),
        p99: Number(p99) * { us: 0.001, ms: 1, s: 1000 }[unit],
        cpu: ((after.ticks - before.ticks) * 10_000) / count,
        resident: after.resident / 1024,
        failed,
    };
}

const lua = (text) => `[==[${text}]==]`;

async function pgbench(script, values) {
    const set = Object.entries(values).flatMap(([name, value]) => ["-D", `${name}=${value}`]);
    const text = await run("pgbench", [
        "-n", "-M", "prepared", "-j1", `-c${connections}`, `-T${seconds}`, ...set, "-f", join(here, script), database,
    ], { env: { ...process.env, PGOPTIONS: "-c plan_cache_mode=force_generic_plan -c jit=off" } });
    return { rate: Number(/tps = ([\d.]+)/.exec(text)[1]) };
}

const middle = (list, key) => list.map((one) => one[key]).sort((a, b) => a - b)[Math.floor(list.length / 2)];

/** Server and pgbench in turns. */
async function compare(name, requests, script, values) {
    const server = await serve();
    try {
        const made = await requests(server);
        const first = await (await fetch(endpoint, {
            method: "POST",
            headers: { "content-type": "application/json", authorization: `Bearer ${made[0].token}` },
            body: JSON.stringify(made[0].body),
        })).text();
        if (first.includes('"errors"')) throw new Error(first);
        await wrk(server, made);
        const [ours, theirs] = [[], []];
        for (let round = 0; round < rounds; round += 1) {
            ours.push(await wrk(server, made));
            theirs.push(await pgbench(script, values));
        }
        const [rate, base] = [middle(ours, "rate"), middle(theirs, "rate")];
        console.log(
            `${name}: ${rate.toFixed(0)} requests/s, pgbench ${base.toFixed(0)}/s, ratio ${(rate / base).toFixed(2)}; ` +
                `p99 ${middle(ours, "p99").toFixed(1)} ms at ${connections} connections; ` +
                `${middle(ours, "cpu").toFixed(0)} us of processor a request; ${middle(ours, "resident").toFixed(0)} MiB; ` +
                `answer ${(first.length / 1024).toFixed(1)} KB; failed ${ours.map((one) => one.failed).join(" ")}`,
        );
    } finally {
        server.kill();
        await once(server, "close");
    }
}

/** The Monday of next week and the days after it, as dates. */
function day(offset) {
    const date = new Date();
    date.setUTCDate(date.getUTCDate() + ((8 - date.getUTCDay()) % 7 || 7) + offset);
    return date.toISOString().slice(0, 10);
}

/** The UUID inside an id: 26 characters of Crockford base32. */
function uuid(id) {
    const digits = [...id.slice(id.indexOf("_") + 1)].map((c) => BigInt("0123456789abcdefghjkmnpqrstvwxyz".indexOf(c)));
    const hex = digits.reduce((sum, digit) => sum * 32n + digit, 0n).toString(16).padStart(32, "0");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

const PAGE = `query Week($from: LocalDate!, $to: LocalDate!, $staff: [ID!]) {
    calendar(from: $from, to: $to, filter: { staffIds: $staff }) {
        bookings {
            id reference version status startsAt endsAt localDate channel clientNote total { amountMinor currency }
            location { id name } client { id name phones }
            lines { id startsAt endsAt service { id name color } staff { id name } }
        }
    }
}`;

const CREATE = `mutation Create($input: BookingCreateInput!) {
    bookingCreate(input: $input) { booking { id reference } userErrors { code } }
}`;

const FREE = `query Free($visit: AvailabilityVisitInput!, $from: LocalDate!, $to: LocalDate!) {
    availability(visit: $visit, from: $from, to: $to) { slots { startsAt localDate } }
}`;

/** Free visits of a company that do not touch one another: each a `bookingCreate` that can succeed once. */
async function freeVisits(company, token) {
    const [locationId, clients] = [company.locationIds[0], company.clientIds];
    const visits = [];
    for (const staffId of company.staffIds) {
        const lines = [{ serviceId: company.serviceIds[0], staffId }];
        const { availability } = await ask(FREE, { visit: { locationId, lines }, from: day(21), to: day(80) }, token);
        let last = 0;
        for (const { startsAt } of availability.slots) {
            // Two hours hold any service of the load set with its buffers.
            if (Date.parse(startsAt) - last < 2 * 3_600_000) continue;
            last = Date.parse(startsAt);
            const clientId = clients[visits.length % clients.length];
            const input = { locationId, lines, clientId, startsAt, idempotencyKey: crypto.randomUUID() };
            visits.push({ body: { query: CREATE, variables: { input } }, token });
        }
    }
    return visits;
}

/** Tables for create.sql: whom its bookings may be for, and hours that nobody took. How many there are. */
function subjectsOf(some) {
    const rows = some.flatMap((company) => company.staffIds.map((staff, at) => {
        const of = (list) => list[at % list.length];
        const ids = [company.id, company.locationIds[0], staff, of(company.resourceIds), of(company.clientIds), company.serviceIds[0]];
        return `'${ids.map(uuid).join("', '")}'`;
    }));
    sql(database, `
        DROP TABLE IF EXISTS load_subject;
        CREATE TABLE load_subject (n int PRIMARY KEY, company uuid, location uuid, staff uuid, resource uuid, client uuid, service uuid);
        INSERT INTO load_subject VALUES ${rows.map((row, at) => `(${at + 1}, ${row})`).join(", ")};
        CREATE SEQUENCE IF NOT EXISTS load_hour CACHE 100;
        -- Ids that grow with time, as the server's do.
        CREATE OR REPLACE FUNCTION load_id() RETURNS uuid LANGUAGE sql VOLATILE AS $$
            SELECT (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || '7' || substr(md5(random()::text), 1, 3)
                || '8' || substr(md5(random()::text), 1, 15))::uuid $$;`);
    return rows.length;
}

/** Takes turns, so that neighbours in the list are of different companies. */
function interleaved(lists) {
    const longest = Math.max(...lists.map((list) => list.length));
    return Array.from({ length: longest }, (_, at) => lists.flatMap((list) => list.slice(at, at + 1))).flat();
}

const SLOTS = `query Slots($visit: AvailabilityVisitInput!, $from: LocalDate!, $to: LocalDate!) {
    availability(visit: $visit, from: $from, to: $to) { slots { startsAt } }
}`;

/** The week page of a company's first person. */
async function weekPage(company) {
    const variables = { from: day(0), to: day(4), staff: [company.staffIds[0]] };
    return [{ body: { query: PAGE, variables }, token: await logIn(company) }];
}

const measures = {
    prepare: () => fill("zapys_load", env("COMPANIES", "200"), env("BOOKINGS", "5000")),
    async calendar() {
        const company = middleOne();
        await compare(
            "week page",
            () => weekPage(company),
            "calendar.sql",
            { company: uuid(company.id), staff: uuid(company.staffIds[0]), from: day(0), to: day(5) },
        );
    },
    availability: () => compareSlots("availability"),
    /** The same when no day is as it was before: each look at the dates' stamps finds new ones. */
    async cold() {
        sql(database, "ALTER TABLE calendar_day RENAME TO calendar_day_kept");
        try {
            sql(database, `CREATE VIEW calendar_day AS
                SELECT company.id AS company_id, day::date AS local_date, (random() * 1e15)::bigint AS stamp
                FROM company, generate_series(current_date - 7, current_date + 60, interval '1 day') AS day`);
            sql(database, "GRANT SELECT ON calendar_day TO PUBLIC");
            await compareSlots("availability, no day kept");
        } finally {
            sql(database, "DROP VIEW IF EXISTS calendar_day");
            sql(database, "ALTER TABLE calendar_day_kept RENAME TO calendar_day");
        }
    },
};

async function compareSlots(name) {
    const company = middleOne();
    const visit = { locationId: company.locationIds[0], lines: [{ serviceId: company.serviceIds[0] }] };
    await compare(
        name,
        async () => [{ body: { query: SLOTS, variables: { visit, from: day(0), to: day(29) } }, token: company.publishableKey }],
        "availability.sql",
        {
            company: uuid(company.id), from: day(0), to: day(30),
            subjects: [...company.staffIds, ...company.resourceIds].map(uuid).join(","),
        },
    );
}

Object.assign(measures, {
    /** Bookings a second beside pgbench writing the rows of one in one transaction. Each run takes visits that no run took. */
    async create() {
        const server = await serve();
        try {
            const some = companies().slice(0, Number(env("CREATE_COMPANIES", "64")));
            const visits = interleaved(await Promise.all(some.map(async (company) => freeVisits(company, await logIn(company)))));
            const share = Math.floor(visits.length / (rounds + 1));
            const subjects = subjectsOf(some);
            const [ours, theirs] = [[], []];
            for (let round = 0; round <= rounds; round += 1) {
                const before = Number(sql(database, "SELECT count(*) FROM booking"));
                const run = await wrk(server, visits.slice(round * share, (round + 1) * share));
                const made = Number(sql(database, "SELECT count(*) FROM booking")) - before;
                if (run.count >= share) throw new Error(`only ${share} visits for a run: fewer seconds, or more companies`);
                if (round === 0) continue;
                ours.push({ ...run, rate: made / seconds });
                theirs.push(await pgbench("create.sql", { subjects }));
            }
            const [rate, base] = [middle(ours, "rate"), middle(theirs, "rate")];
            console.log(
                `create: ${rate.toFixed(0)} bookings/s, pgbench ${base.toFixed(0)}/s, ratio ${(rate / base).toFixed(2)}; ` +
                    `p99 ${middle(ours, "p99").toFixed(1)} ms; ${middle(ours, "cpu").toFixed(0)} us of processor a request; ` +
                    `failed ${ours.map((one) => one.failed).join(" ")}`,
            );
        } finally {
            server.kill();
            await once(server, "close");
        }
    },
    /** The week page in a database of a tenth of the rows, and in the large one. */
    async growth() {
        fill("zapys_load_tenth", String(Number(env("COMPANIES", "200")) / 10), env("BOOKINGS", "5000"));
        const rates = { zapys_load_tenth: [], zapys_load: [] };
        for (let round = 0; round < rounds; round += 1) {
            for (const name of Object.keys(rates)) {
                const server = await serve(named(name));
                try {
                    const page = await weekPage(middleOne(name));
                    await wrk(server, page);
                    rates[name].push(await wrk(server, page));
                } finally {
                    server.kill();
                    await once(server, "close");
                }
            }
        }
        const [small, large] = Object.values(rates).map((list) => middle(list, "rate"));
        console.log(`ten times the rows: ${large.toFixed(0)}/s beside ${small.toFixed(0)}/s, ratio ${(large / small).toFixed(2)}`);
    },
    /** The week page of a tenant with a hundred times the bookings of its neighbours, and of a neighbour. */
    async tenant() {
        const [name, copies] = ["zapys_load_tenant", 99];
        fill(name, "21", "500");
        const [large, small] = companies(name);
        const copied = (table, changed) => {
            const columns = sql(named(name), `SELECT string_agg(column_name, ',') FROM information_schema.columns WHERE table_name = '${table}'`).split(",");
            const values = columns.map((column) => changed[column] ?? column);
            sql(named(name), `INSERT INTO ${table} (${columns}) SELECT ${values} FROM ${table}, generate_series(1, ${copies}) k
                WHERE company_id = '${uuid(large.id)}'`);
        };
        const moved = (column) => `${column} - k * interval '30 days'`;
        const again = (column) => `md5(${column}::text || k)::uuid`;
        const times = { starts_at: moved("starts_at"), ends_at: moved("ends_at") };
        copied("booking", { id: again("id"), reference: "reference || k", local_date: "local_date - k * 30", ...times });
        copied("booking_line", { id: again("id"), booking_id: again("booking_id"), ...times });
        copied("allocation", {
            id: again("id"), booking_line_id: again("booking_line_id"), busy_from: moved("busy_from"), busy_to: moved("busy_to"),
        });
        sql(named(name), "VACUUM ANALYZE");
        const server = await serve(named(name));
        try {
            const rates = [[], []];
            const pages = [await weekPage(small), await weekPage(large)];
            for (let round = 0; round <= rounds; round += 1) {
                for (const [at, page] of pages.entries()) {
                    const run = await wrk(server, page);
                    if (round > 0) rates[at].push(run);
                }
            }
            const [ofSmall, ofLarge] = rates.map((list) => middle(list, "rate"));
            console.log(`a tenant of a hundred times: ${ofLarge.toFixed(0)}/s beside ${ofSmall.toFixed(0)}/s, ratio ${(ofLarge / ofSmall).toFixed(2)}`);
        } finally {
            server.kill();
            await once(server, "close");
        }
    },
    /** One slot that everybody wants: one gets it, all others are told so. */
    async hot() {
        const server = await serve();
        try {
            const company = companies()[0];
            const token = await logIn(company);
            const [first] = await freeVisits(company, token);
            const { input } = first.body.variables;
            const all = Array.from({ length: 20_000 }, () => ({
                body: { query: CREATE, variables: { input: { ...input, idempotencyKey: crypto.randomUUID() } } }, token,
            }));
            const deadlocks = () => Number(sql(database, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"));
            const [before, stuck] = [Number(sql(database, "SELECT count(*) FROM booking")), deadlocks()];
            const run = await wrk(server, all);
            const made = Number(sql(database, "SELECT count(*) FROM booking")) - before;
            console.log(
                `hot slot: ${run.rate.toFixed(0)} answers/s, ${made} booking, ${deadlocks() - stuck} deadlocks, ` +
                    `p99 ${run.p99.toFixed(1)} ms, ${run.cpu.toFixed(0)} us of processor each, failed ${run.failed}`,
            );
        } finally {
            server.kill();
            await once(server, "close");
        }
    },
});

const wanted = measures[process.argv[2]];
if (!wanted) {
    console.error(`what to measure: ${Object.keys(measures).join(", ")}`);
    process.exit(2);
}
await wanted();
