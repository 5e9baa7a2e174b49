using Npgsql;
using Xunit;

namespace Postgres.Tests;

public sealed class CapturedTextTests(InstalledDatabase installed) : IClassFixture<InstalledDatabase>, IAsyncLifetime
{
    private readonly Database database = installed.Database;

    public async ValueTask InitializeAsync()
    {
        await database.ResetAsync();
        await database.ExecuteAsync(
            """
            create domain at_utc as timestamptz;
            create domain moment as at_utc;
            create domain host as inet;
            create type colour as enum ('red', 'blue');
            create collation ignoring_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
            create domain folded as text collate ignoring_case;
            """);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("timestamptz", "2024-03-01 12:30:00.5+02", "2024-03-01T10:30:00.500000Z")]
    [InlineData("timestamp", "2024-03-01 12:30:00", "2024-03-01T12:30:00.000000")]
    [InlineData("date", "2024-03-01", "2024-03-01")]
    [InlineData("moment", "2024-03-01 12:30:00+00", "2024-03-01T12:30:00.000000Z")]
    [InlineData("bytea", "\\xDEAD", "dead")]
    [InlineData("uuid", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")]
    [InlineData("boolean", "t", "true")]
    [InlineData("numeric(9,2)", "1.5", "1.50")]
    [InlineData("timestamptz", "infinity", "infinity")]
    [InlineData("timestamp", "-infinity", "-infinity")]
    [InlineData("date", "infinity", "infinity")]
    [InlineData("time", "12:30:00", "12:30:00")]
    [InlineData("timetz", "12:30:00+02", "12:30:00+02")]
    [InlineData("interval", "1 day 02:00:00", "P1DT2H")]
    [InlineData("smallint", "-7", "-7")]
    [InlineData("bigint", "9223372036854775807", "9223372036854775807")]
    [InlineData("numeric", "12345678901234567890.12345", "12345678901234567890.12345")]
    [InlineData("double precision", "0.1", "0.1")]
    [InlineData("real", "1e20", "1e+20")]
    [InlineData("char(5)", "ab", "ab   ")]
    [InlineData("varchar(9)", "", "")]
    [InlineData("colour", "blue", "blue")]
    [InlineData("folded", "Shoe", "Shoe")]
    [InlineData("inet", "10.0.0.1/8", "10.0.0.1/8")]
    [InlineData("inet", "10.0.0.1", "10.0.0.1")]
    [InlineData("inet", "::1", "::1")]
    [InlineData("cidr", "10.0.0.0/8", "10.0.0.0/8")]
    [InlineData("cidr", "10.0.0.1", "10.0.0.1/32")]
    [InlineData("\"char\"", "x", "x")]
    [InlineData("name", "pg_class", "pg_class")]
    [InlineData("host", "10.0.0.1", "10.0.0.1")]
    [InlineData("bit(3)", "101", "101")]
    [InlineData("text", "50% {of} a:b\tc\nd", "50% {of} a:b\tc\nd")]
    [InlineData("text", "a \" \\ { ü 🛒", "a \" \\ { ü 🛒")]
    public async Task A_value_has_the_same_text_in_every_session(string type, string value, string expected)
    {
        await database.ExecuteAsync(
            $$$"""
            create table things (v {{{type}}});
            select lastmile.track('things', 'Thing', array['thing:{v}']);
            """);

        await database.ExecuteAsync($"insert into things values ($v${value}$v$)");
        await database.ExecuteAsync(
            "set timezone = 'Asia/Tokyo'; set datestyle = 'German'; set bytea_output = 'escape'; set intervalstyle = 'sql_standard'; "
                + "set extra_float_digits = -3; delete from things");

        Assert.Equal([$"Thing insert v [{expected}]", $"Thing delete v [{expected}]"], await database.TakeAsync());
    }

    [Theory]
    [InlineData("text[]")]
    [InlineData("json")]
    [InlineData("jsonb")]
    [InlineData("xml")]
    [InlineData("money")]
    [InlineData("point")]
    [InlineData("int4range")]
    [InlineData("regclass")]
    [InlineData("pg_class")]
    public async Task A_type_without_a_single_text_form_is_refused_in_a_template(string type)
    {
        await database.ExecuteAsync($"create table things (v {type})");

        var error = await Assert.ThrowsAsync<PostgresException>(
            () => database.ExecuteAsync("select lastmile.track('things', 'Thing', array['thing:{v}'])"));

        Assert.Equal($"lastmile.track(public.things): a template can't show values of this type: \"v\" ({type})", error.MessageText);
    }

    [Theory]
    [InlineData("json", "{\"a\":1}", "{\"a\":2}")]
    [InlineData("jsonb", "{\"a\":1}", "{\"a\":2}")]
    [InlineData("xml", "<a/>", "<b/>")]
    [InlineData("point", "(1,2)", "(1,3)")]
    [InlineData("text[]", "{a}", "{b}")]
    [InlineData("colour", "red", "blue")]
    [InlineData("folded", "Shoe", "shoe")]
    [InlineData("numeric", "1.0", "1.00")]
    public async Task A_changed_value_is_captured_for_every_type(string type, string before, string after)
    {
        await database.ExecuteAsync(
            $$$"""
            create table things (id int, v {{{type}}});
            select lastmile.track('things', 'Thing', array['thing:{id}']);
            insert into things values (1, '{{{before}}}'), (2, '{{{after}}}');
            """);
        await database.TakeAsync();

        await database.ExecuteAsync($"update things set v = '{after}'");

        Assert.Equal(["Thing update id [1]"], await database.TakeAsync());
    }

    [Fact]
    public async Task Values_that_a_collation_treats_as_equal_stay_distinct()
    {
        await database.ExecuteAsync(
            """
            create table things (slug text collate ignoring_case);
            select lastmile.track('things', 'Thing', array['thing:{slug}']);
            insert into things values ('Shoe');
            """);
        await database.TakeAsync();

        await database.ExecuteAsync("update things set slug = 'shoe'");

        Assert.Equal(["Thing update slug [Shoe] [shoe]"], await database.TakeAsync());
    }

    [Theory]
    [InlineData("text", "repeat('x', 1048576)")]
    [InlineData("bytea", "decode(repeat('ab', 1048576), 'hex')")]
    [InlineData("numeric", "repeat('1', 100000)::numeric")]
    [InlineData("bit varying", "repeat('1', 1048576)::varbit")]
    public async Task A_value_too_long_for_a_key_stays_in_its_table(string type, string value)
    {
        await database.ExecuteAsync(
            $$"""
            create table things (id int, v {{type}}, w int);
            select lastmile.track('things', 'Thing', array['thing:{id}', 'thing:{v}']);
            insert into things select n, {{value}} from generate_series(1, 100) n;
            update things set w = 1 where id = 1;
            update things set w = 2;
            """);

        Assert.Equal(
            ["insert 100", "update 1", "update 100"],
            await database.QueryAsync(
                "select kind || ' ' || row_count from lastmile.outbox "
                    + "where octet_length(rows::text) < 1200 + row_count * 2100 order by id"));
        Assert.Equal(
            ["t"],
            await database.QueryAsync(
                "select (bool_and(length(value ->> 1) > 1024))::text::char from lastmile.outbox, json_array_elements(rows)"));
        await database.TakeAsync();
    }
}
