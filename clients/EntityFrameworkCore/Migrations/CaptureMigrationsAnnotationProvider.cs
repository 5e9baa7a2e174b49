using LastMile.Events.EntityFrameworkCore.Declaring;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Migrations;

namespace LastMile.Events.EntityFrameworkCore.Migrations;

/// <summary>Annotates the drop and the rename of a captured table, because the target model may no longer contain its rules.</summary>
internal sealed class CaptureMigrationsAnnotationProvider(InnerServices services, IServiceProvider provider) : IMigrationsAnnotationProvider
{
    private readonly IMigrationsAnnotationProvider inner = services.Create<IMigrationsAnnotationProvider>(provider);

    public IEnumerable<IAnnotation> ForRemove(ITable table) => inner.ForRemove(table).Concat(Captured(table));

    public IEnumerable<IAnnotation> ForRename(ITable table) => inner.ForRename(table).Concat(Captured(table));

    public IEnumerable<IAnnotation> ForRemove(IRelationalModel model) => inner.ForRemove(model);

    public IEnumerable<IAnnotation> ForRemove(IColumn column) => inner.ForRemove(column);

    public IEnumerable<IAnnotation> ForRemove(IView view) => inner.ForRemove(view);

    public IEnumerable<IAnnotation> ForRemove(IViewColumn column) => inner.ForRemove(column);

    public IEnumerable<IAnnotation> ForRemove(IUniqueConstraint constraint) => inner.ForRemove(constraint);

    public IEnumerable<IAnnotation> ForRemove(ITableIndex index) => inner.ForRemove(index);

    public IEnumerable<IAnnotation> ForRemove(IForeignKeyConstraint foreignKey) => inner.ForRemove(foreignKey);

    public IEnumerable<IAnnotation> ForRemove(ISequence sequence) => inner.ForRemove(sequence);

    public IEnumerable<IAnnotation> ForRemove(ICheckConstraint checkConstraint) => inner.ForRemove(checkConstraint);

    public IEnumerable<IAnnotation> ForRename(IColumn column) => inner.ForRename(column);

    public IEnumerable<IAnnotation> ForRename(ITableIndex index) => inner.ForRename(index);

    public IEnumerable<IAnnotation> ForRename(ISequence sequence) => inner.ForRename(sequence);

    private static IEnumerable<IAnnotation> Captured(ITable table) =>
        table.FindAnnotation(CaptureDeclaration.Annotation) is { } annotation ? [annotation] : [];
}
