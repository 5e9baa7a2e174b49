using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations.Operations;

namespace LastMile.Events.EntityFrameworkCore.Migrations;

/// <summary>
/// Maps the tables of a migration that runs in another schema than its model names. With a schema for each tenant, the model names the
/// schema of the tenant that the migration was generated for.
/// </summary>
internal sealed class RelocatedTables
{
    private readonly IRelationalModel? model;
    private readonly IReadOnlyList<MigrationOperation> operations;
    private readonly Dictionary<string, string?> schemas = new(StringComparer.Ordinal);

    /// <param name="model">The migration's target model; null for none.</param>
    /// <param name="operations">The operations of the migration.</param>
    /// <param name="changed">The tables that the operations change, under their names after the migration.</param>
    public RelocatedTables(
        IRelationalModel? model,
        IReadOnlyList<MigrationOperation> operations,
        IEnumerable<StoreObjectIdentifier> changed)
    {
        this.model = model;
        this.operations = operations;
        foreach (var table in changed)
        {
            if (InModel(table) is { } known)
                schemas[known.Schema ?? ""] = table.Schema;
        }
    }

    /// <summary>
    /// Returns the model's table for a relocated table of the migration; null if the table is not relocated, or if the model has no table
    /// or more than one of its name.
    /// </summary>
    public ITable? InModel(StoreObjectIdentifier table) =>
        model is null
            || model.Tables.Any(known => known.Schema == table.Schema)
            || operations.Any(operation => RenamesOrDrops(operation, table))
            ? null
            : model.Tables.Where(known => known.Name == table.Name).Take(2).ToList() is [var only] ? only : null;

    /// <summary>Returns the name that a table of the model has in the migration.</summary>
    public StoreObjectIdentifier InMigration(ITable table) =>
        StoreObjectIdentifier.Table(table.Name, schemas.TryGetValue(table.Schema ?? "", out var schema) ? schema : table.Schema);

    private static bool RenamesOrDrops(MigrationOperation operation, StoreObjectIdentifier table) => operation switch
    {
        RenameTableOperation rename => rename.Name == table.Name && rename.Schema == table.Schema,
        DropTableOperation drop => drop.Name == table.Name && drop.Schema == table.Schema,
        _ => false,
    };
}
