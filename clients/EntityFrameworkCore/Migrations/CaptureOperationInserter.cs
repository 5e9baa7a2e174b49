using LastMile.Events.EntityFrameworkCore.Declaring;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations.Operations;

namespace LastMile.Events.EntityFrameworkCore.Migrations;

/// <summary>
/// Inserts capture operations into a migration. It tracks a table right after the last operation that changes the table's columns or those
/// of a table that its rules join, because the capture depends on all these columns. So data that the migration writes later is captured
/// too. It untracks a table before the table is renamed or dropped.
/// </summary>
internal sealed class CaptureOperationInserter
{
    private readonly IReadOnlyList<MigrationOperation> operations;
    private readonly IRelationalModel? targetModel;
    private readonly ILookup<StoreObjectIdentifier, (int Index, MigrationOperation Operation)> changes;
    private readonly ILookup<StoreObjectIdentifier, (int Index, MigrationOperation Operation)> keys;
    private readonly RelocatedTables relocated;
    private readonly List<MigrationOperation> result = [];
    private bool installed;

    public CaptureOperationInserter(IReadOnlyList<MigrationOperation> operations, IModel? targetModel)
    {
        this.operations = operations;
        this.targetModel = targetModel?.GetRelationalModel();
        changes = operations.Index().Where(entry => ShapedTable(entry.Item) is not null).ToLookup(entry => ShapedTable(entry.Item)!.Value);
        keys = operations.Index().Where(entry => KeyedTable(entry.Item) is not null).ToLookup(entry => KeyedTable(entry.Item)!.Value);
        relocated = new RelocatedTables(this.targetModel, operations, changes.Select(ofTable => ofTable.Key));
    }

    public IReadOnlyList<MigrationOperation> Insert()
    {
        var affected = Affected().ToList();
        var due = affected.ToLookup(track => LastChange(track.Table, track.Declaration));
        var kept = affected.Where(track => track.KeepsRules).Select(track => track.Table).ToHashSet();

        foreach (var (index, operation) in operations.Index())
        {
            if (UncapturedTable(operation) is { } uncaptured && !(ShapedTable(operation) is { } shaped && kept.Contains(shaped)))
                result.Add(new UntrackTableOperation(uncaptured));

            result.Add(operation);
            foreach (var track in due[index])
                Track(track);
        }

        return result;
    }

    // Returns the captured tables that the migration changes, and those whose rules join a changed table.
    private IEnumerable<TrackTableOperation> Affected()
    {
        foreach (var table in changes.Select(ofTable => ofTable.Key))
        {
            if (Declared(table) is { } json)
                yield return new TrackTableOperation(table, CaptureDeclaration.FromJson(json)) { KeepsRules = KeepsRules(table) };
        }

        foreach (var table in targetModel?.Tables ?? [])
        {
            var identifier = relocated.InMigration(table);
            if (!table.IsExcludedFromMigrations
                && !changes.Contains(identifier)
                && table[CaptureDeclaration.Annotation] is string json
                && CaptureDeclaration.FromJson(json) is { } declaration
                && declaration.JoinedTables(identifier).Any(changes.Contains))
            {
                yield return new TrackTableOperation(identifier, declaration) { KeepsRules = identifier.Schema != table.Schema };
            }
        }
    }

    // The capture depends on the unique keys of joined tables and on the table's own keys, which may be created after the tables.
    private int LastChange(StoreObjectIdentifier table, CaptureDeclaration declaration) =>
        declaration.JoinedTables(table).SelectMany(joined => changes[joined].Concat(keys[joined]))
            .Concat(changes[table])
            .Concat(keys[table])
            .Max(change => change.Index);

    private void Track(TrackTableOperation track)
    {
        if (!installed)
            result.Add(new InstallOutboxOperation());

        installed = true;
        result.Add(track);
    }

    // Operations on a table carry its new declaration. Operations on columns do not, so read the target model for those.
    private string? Declared(StoreObjectIdentifier table)
    {
        var ofTable = changes[table].Select(change => change.Operation).ToList();
        return ofTable.LastOrDefault(change => change is TableOperation) is { } change
            ? change[CaptureDeclaration.Annotation] as string
            : DeclaredInModel(table) ?? ofTable.OfType<RenameTableOperation>().LastOrDefault()?[CaptureDeclaration.Annotation] as string;
    }

    private string? DeclaredInModel(StoreObjectIdentifier table) =>
        (targetModel?.FindTable(table.Name, table.Schema) ?? relocated.InModel(table))?[CaptureDeclaration.Annotation] as string;

    // A tenant's rules are in the operation that declares them and, after the migration, in the database. The model has the rules of
    // another tenant.
    private bool KeepsRules(StoreObjectIdentifier table) =>
        relocated.InModel(table) is not null && !changes[table].Any(change => change.Operation is TableOperation);

    // Returns the table whose columns or rules the operation changes, under its name after the operation.
    private static StoreObjectIdentifier? ShapedTable(MigrationOperation operation) => operation switch
    {
        TableOperation table => StoreObjectIdentifier.Table(table.Name, table.Schema),
        RenameTableOperation rename => StoreObjectIdentifier.Table(rename.NewName ?? rename.Name, rename.NewSchema ?? rename.Schema),
        ColumnOperation column => StoreObjectIdentifier.Table(column.Table, column.Schema),
        DropColumnOperation column => StoreObjectIdentifier.Table(column.Table, column.Schema),
        RenameColumnOperation column => StoreObjectIdentifier.Table(column.Table, column.Schema),
        _ => null,
    };

    private static StoreObjectIdentifier? KeyedTable(MigrationOperation operation) => operation switch
    {
        CreateIndexOperation { IsUnique: true } index => StoreObjectIdentifier.Table(index.Table, index.Schema),
        AddPrimaryKeyOperation key => StoreObjectIdentifier.Table(key.Table, key.Schema),
        AddForeignKeyOperation key => StoreObjectIdentifier.Table(key.Table, key.Schema),
        AddUniqueConstraintOperation constraint => StoreObjectIdentifier.Table(constraint.Table, constraint.Schema),
        _ => null,
    };

    // Returns the table whose capture must end before the operation, under its name before the operation.
    private static StoreObjectIdentifier? UncapturedTable(MigrationOperation operation) => operation switch
    {
        DropTableOperation drop when IsCaptured(drop) => StoreObjectIdentifier.Table(drop.Name, drop.Schema),
        RenameTableOperation rename when IsCaptured(rename) => StoreObjectIdentifier.Table(rename.Name, rename.Schema),
        AlterTableOperation alter when IsCaptured(alter.OldTable) && !IsCaptured(alter) =>
            StoreObjectIdentifier.Table(alter.Name, alter.Schema),
        _ => null,
    };

    private static bool IsCaptured(IReadOnlyAnnotatable operation) => operation.FindAnnotation(CaptureDeclaration.Annotation) is not null;
}
