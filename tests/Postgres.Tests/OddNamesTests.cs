using Xunit;

namespace Postgres.Tests;

public sealed class OddNamesTests(InstalledDatabase installed) : IClassFixture<InstalledDatabase>
{
    [Theory]
    [InlineData("Products", "Slug")]
    [InlineData("order", "select")]
    [InlineData("my table", "my column")]
    [InlineData("it's", "the \"best\" one")]
    [InlineData("größe 🛒", "naïve")]
    [InlineData("percent%s$1", "100%I")]
    [InlineData("a.b", "c,d")]
    [InlineData("оченьдлинноеимятаблицывюникоде", "v0")]
    [InlineData("a_name_of_sixty_three_bytes_which_is_the_most_that_postgres_take", "chunk")]
    public async Task A_table_and_a_column_of_any_name_are_captured(string table, string column)
    {
        var database = installed.Database;
        var (quotedTable, quotedColumn) = (Quote(table), Quote(column));
        await database.ExecuteAsync(
            $"create schema if not exists \"The Shop\"; create table \"The Shop\".{quotedTable} (\"Id\" int, {quotedColumn} text)");
        const string Track = "select lastmile.track($1::text::regclass, $2, $3, columns => jsonb_build_object('Named', $4))";
        await using (var track = database.Source.CreateCommand(Track))
        {
            track.Parameters.AddWithValue($"\"The Shop\".{quotedTable}");
            track.Parameters.AddWithValue(table);
            track.Parameters.AddWithValue(new[] { "it's:{Id}:{Named}" });
            track.Parameters.AddWithValue(column);
            await track.ExecuteNonQueryAsync();
        }

        await database.ExecuteAsync($"insert into \"The Shop\".{quotedTable} values (1, 'a')");
        await database.ExecuteAsync($"update \"The Shop\".{quotedTable} set {quotedColumn} = 'b'");

        Assert.Equal([$"{table} insert Id,Named [1,a]", $"{table} update Id,Named [1,a] [1,b]"], await database.TakeAsync());
        Assert.Empty(await database.QueryAsync("select finding from lastmile.audit()"));
    }

    [Fact]
    public async Task A_property_of_any_name_is_captured()
    {
        var database = installed.Database;
        await database.ExecuteAsync("create table things (\"it's, \"\"so\"\"\" int)");

        await database.ExecuteAsync("""select lastmile.track('things', 'Thing', array['thing:{it''s, "so"}'])""");
        await database.ExecuteAsync("insert into things values (1)");

        Assert.Equal(["Thing insert it's, \"so\" [1]"], await database.TakeAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData(", ignore => '{ignored}'")]
    [InlineData(", strict => true")]
    public async Task A_table_whose_columns_are_named_like_every_word_in_the_capture_function_is_captured(string options)
    {
        var database = installed.Database;
        var track = $$"""select lastmile.track('words', 'Word', array['word:{id}:{n}:{parent.n}']{{options}})""";
        await database.ResetAsync();
        await database.ExecuteAsync($"create table words (id int primary key, parent int references words, n text, ignored int); {track}");
        await database.ExecuteAsync(
            """
            do $$ declare word text; begin
                for word in
                    select distinct (regexp_matches(prosrc, '[A-Za-z_][A-Za-z0-9_]*', 'g'))[1] from pg_proc
                    where proname = (select function from lastmile.capture where relation = 'words'::regclass)
                loop
                    execute format('alter table words add column if not exists %I text default %L', word, 'text');
                end loop;
            end $$;
            """);
        await database.ExecuteAsync(track);

        await database.ExecuteAsync("insert into words (id, n) values (1, 'a')");
        await database.ExecuteAsync("insert into words (id, n, parent) values (2, 'b', 1), (3, 'c', 1)");
        await database.ExecuteAsync("update words set n = 'x' where id = 2");
        await database.ExecuteAsync("update words set n = n || 'y' where id > 1");
        await database.ExecuteAsync("delete from words where id = 2");
        await database.ExecuteAsync("delete from words");
        await database.ExecuteAsync("truncate words");

        Assert.Equal(
            [
                "Word insert id,n,parent.n [1,a,∅]",
                "Word insert id,n,parent.n [2,b,a] [3,c,a]",
                "Word update id,n,parent.n [2,b,a] [2,x,a]",
                "Word update id,n,parent.n [2,x,a] [2,xy,a] [3,c,a] [3,cy,a]",
                "Word delete id,n,parent.n [2,xy,a]",
                "Word delete id,n,parent.n [1,a,∅] [3,cy,∅]",
                "Word unresolved ",
                "Word truncate ",
            ],
            await database.TakeAsync());
        Assert.Empty(await database.QueryAsync("select finding from lastmile.audit() where relation is not null"));
    }

    private static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
