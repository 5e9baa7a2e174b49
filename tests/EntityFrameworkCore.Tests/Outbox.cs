using System.Text.Json;
using Npgsql;
using Xunit;

namespace EntityFrameworkCore.Tests;

/// <summary>Reads the captured changes as text for assertions.</summary>
internal sealed class Outbox(string connectionString) : IAsyncDisposable
{
    private readonly NpgsqlDataSource database = NpgsqlDataSource.Create(connectionString);

    /// <summary>
    /// Takes the outbox rows, each as <c>Product update Id,Slug [7,boot] [7,shoe]</c>: values sorted as text, null as empty.
    /// </summary>
    public async Task<List<string>> TakeAsync()
    {
        await using var command = database.CreateCommand(
            "with taken as (delete from lastmile.outbox returning *) select entity, kind, columns, rows from taken order by id");
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var taken = new List<string>();
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
        {
            var rows = JsonSerializer.Deserialize<string?[][]>(reader.GetString(3))!
                .Select(row => $"[{string.Join(',', row)}]").Order(StringComparer.Ordinal);
            taken.Add($"{reader.GetString(0)} {reader.GetString(1)} {string.Join(',', (string[])reader[2])} {string.Join(' ', rows)}");
        }

        return taken;
    }

    /// <summary>Takes the outbox rows and returns their values, one array for each changed row.</summary>
    public async Task<List<string?[]>> TakeValuesAsync()
    {
        var rows = await TextsAsync("with taken as (delete from lastmile.outbox returning *) select rows::text from taken order by id");
        return [.. rows.SelectMany(json => JsonSerializer.Deserialize<string?[][]>(json)!)];
    }

    public Task<List<string>> AuditAsync() => TextsAsync("select relation || ': ' || finding from lastmile.audit()");

    /// <summary>
    /// Returns the tracked rules, each as <c>products Product key product:{Id}</c>, followed by <c>strict</c> if it applies.
    /// </summary>
    public Task<List<string>> TrackedAsync() => TextsAsync(
        """
        select concat_ws(' ', relation::text, rule.entity, kind, template, case when strict then 'strict' end) collate "C"
        from lastmile.purge_rule rule join lastmile.tracked_table using (relation) order by 1
        """);

    /// <summary>Returns the first column of each row.</summary>
    public async Task<List<string>> TextsAsync(string sql)
    {
        await using var command = database.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var texts = new List<string>();
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
            texts.Add(reader.GetString(0));

        return texts;
    }

    public async Task<long> RulesAsync()
    {
        await using var command = database.CreateCommand("select count(*) from lastmile.purge_rule where entity = 'Product'");
        return (long)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync() => database.DisposeAsync();
}
