using LastMile.Events.EntityFrameworkCore.Declaring;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations.Operations;

namespace LastMile.Events.EntityFrameworkCore.Migrations;

/// <summary>
/// Puts capture operations between those of a migration. A table is tracked right after the last operation that changes its shape, or
/// that of a table its rules look into, for capture knows all their columns; so data that the migration writes after that is captured
/// too. It is untracked before it is renamed or dropped.
/// </summary>
internal sealed class CaptureWeaver
{
    private readonly IReadOnlyList<MigrationOperation> operations;
    private readonly IRelationalModel? targetModel;
    private readonly ILookup<StoreObjectIdentifier, (int Index, MigrationOperation Operation)> changes;
    private readonly ILookup<StoreObjectIdentifier, (int Index, MigrationOperation Operation)> keys;
    private readonly RelocatedTables relocated;
    private readonly List<MigrationOperation> woven = [];
    private bool installed;

    public CaptureWeaver(IReadOnlyList<MigrationOperation> operations, IModel? targetModel)
    {
        this.operations = operations;
        this.targetModel = targetModel?.GetRelationalModel();
        changes = operations.Index().Where(entry => ShapedTable(entry.Item) is not null).ToLookup(entry => ShapedTable(entry.Item)!.Value);
        keys = operations.Index().Where(entry => KeyedTable(entry.Item) is not null).ToLookup(entry => KeyedTable(entry.Item)!.Value);
        relocated = new RelocatedTables(this.targetModel, operations, changes.Select(ofTable => ofTable.Key));
    }

    public IReadOnlyList<MigrationOperation> Weave()
    {
        var affected = Affected().ToList();
        var due = affected.ToLookup(track => LastChange(track.Table, track.Declaration));
        var kept = affected.Where(track => track.KeepsRules).Select(track => track.Table).ToHashSet();

        foreach (var (index, operation) in operations.Index())
        {
            if (UncapturedTable(operation) is { } uncaptured && !(ShapedTable(operation) is { } shaped && kept.Contains(shaped)))
                woven.Add(new UntrackTableOperation(uncaptured));

            woven.Add(operation);
            foreach (var track in due[index])
                Track(track);
        }

        return woven;
    }

    // The tables that the migration leaves captured, of those that it changes and those whose rules look into one that it changes.
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

    // A table is looked into by a unique key, which may come after it, and captured as its own keys say.
    private int LastChange(StoreObjectIdentifier table, CaptureDeclaration declaration) =>
        declaration.JoinedTables(table).SelectMany(joined => changes[joined].Concat(keys[joined]))
            .Concat(changes[table])
            .Concat(keys[table])
            .Max(change => change.Index);

    private void Track(TrackTableOperation track)
    {
        if (!installed)
            woven.Add(new InstallOutboxOperation());

        installed = true;
        woven.Add(track);
    }

    // Operations on a table say what it declares from then on; those on its columns do not: there the model that the migration leads to does.
    private string? Declared(StoreObjectIdentifier table)
    {
        var ofTable = changes[table].Select(change => change.Operation).ToList();
        return ofTable.LastOrDefault(change => change is TableOperation) is { } change
            ? change[CaptureDeclaration.Annotation] as string
            : DeclaredInModel(table) ?? ofTable.OfType<RenameTableOperation>().LastOrDefault()?[CaptureDeclaration.Annotation] as string;
    }

    private string? DeclaredInModel(StoreObjectIdentifier table) =>
        (targetModel?.FindTable(table.Name, table.Schema) ?? relocated.InModel(table))?[CaptureDeclaration.Annotation] as string;

    // The rules of a tenant are in the operation that declares them and then in the database; the model has those of another tenant.
    private bool KeepsRules(StoreObjectIdentifier table) =>
        relocated.InModel(table) is not null && !changes[table].Any(change => change.Operation is TableOperation);

    // The table, by its name after the operation, whose columns or rules the operation changes.
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

    // The table, by its name before the operation, whose capture must end first.
    private static StoreObjectIdentifier? UncapturedTable(MigrationOperation operation) => operation switch
    {
        DropTableOperation drop when IsCaptured(drop) => StoreObjectIdentifier.Table(drop.Name, drop.Schema),
        RenameTableOperation rename when IsCaptured(rename) => StoreObjectIdentifier.Table(rename.Name, rename.Schema),
        AlterTableOperation alter when IsCaptured(alter.OldTable) && !IsCaptured(alter) => StoreObjectIdentifier.Table(alter.Name, alter.Schema),
        _ => null,
    };

    private static bool IsCaptured(IReadOnlyAnnotatable operation) => operation.FindAnnotation(CaptureDeclaration.Annotation) is not null;
}
