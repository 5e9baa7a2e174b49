using Xunit;

namespace Postgres.Tests;

public sealed class CapturedTextTests(InstalledDatabase installed) : IClassFixture<InstalledDatabase>, IAsyncLifetime
{
    private readonly Database database = installed.Database;

    public async ValueTask InitializeAsync() => await database.ExecuteAsync(
        """
        drop schema if exists public cascade;
        create schema public;
        create domain at_utc as timestamptz;
        create domain moment as at_utc;
        create type colour as enum ('red', 'blue');
        create collation ignoring_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        create domain folded as text collate ignoring_case;
        delete from lastmile.outbox;
        """);

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
    [InlineData("text", "a \" \\ { ü 🛒", "a \" \\ { ü 🛒")]
    public async Task A_value_has_one_text_whatever_the_session_says(string type, string value, string expected)
    {
        await database.ExecuteAsync(
            $$$"""
            create table things (v {{{type}}});
            select lastmile.track('things', 'Thing', array['thing:{v}']);
            """);

        await database.ExecuteAsync($"insert into things values ($v${value}$v$)");
        await database.ExecuteAsync($"set timezone = 'Asia/Tokyo'; set datestyle = 'German'; set bytea_output = 'escape'; delete from things");

        Assert.Equal([$"Thing insert v [{expected}]", $"Thing delete v [{expected}]"], await database.TakeAsync());
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
    public async Task A_change_counts_for_every_type_that_shows_it(string type, string before, string after)
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
    public async Task Names_that_a_collation_takes_for_the_same_stay_apart()
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
}
